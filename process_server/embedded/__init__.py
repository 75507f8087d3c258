"""The servers the program brings along, PostgreSQL and a broker, and the supervisor that keeps everything running."""
