"""The HTTP APIs: our own, /api/v1, where every endpoint is one command or one query in one transaction; and Camunda's."""
