"""Figures about what happened: read-only SQL over the rows the other rooms write."""
