"""The pages people use: rendered here, made live by htmx, their code and styles served from our own origin."""
