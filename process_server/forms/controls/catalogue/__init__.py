"""The entries of the catalogue, by palette."""
