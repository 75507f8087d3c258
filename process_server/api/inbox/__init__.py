"""The inbox over HTTP: lists, what people make of them, and what is done to many tasks at once."""
