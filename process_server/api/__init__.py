"""The HTTP APIs: ours, /api/v1, every endpoint of it one command or one query in one transaction; and Camunda's."""
