"""User tasks, their parts, and filters over them."""
