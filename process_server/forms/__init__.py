"""Forms: form-js schemas read, shown in the reader's language, and what is filled in checked on the server."""
