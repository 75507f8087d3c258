"""Signing in, one's own account, and what administrators see of people and of what they did."""
