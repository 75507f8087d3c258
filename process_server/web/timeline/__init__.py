"""The timeline of a case: what happened in it, in words, a page at a time."""
