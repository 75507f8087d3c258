"""The page of a case, and its sheet."""
