"""Users and groups, and what somebody may do."""
