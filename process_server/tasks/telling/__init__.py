"""Telling people: notifications, mail, text messages, summaries, and what each of them wants to hear."""
