"""Moving running instances to another version of their process: what goes where, and what stands against it."""
