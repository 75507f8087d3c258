"""Forms over HTTP: filling them in, designing them, their files and options."""
