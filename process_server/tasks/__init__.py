"""Work of people: worklists, claiming, comments, notifications, reminders and mail."""
