"""The native HTTP API, /api/v1: JSON in, JSON out; every endpoint is one command or one query in one transaction."""
