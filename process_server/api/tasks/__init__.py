"""User tasks over HTTP, and what people do to a case as a whole."""
