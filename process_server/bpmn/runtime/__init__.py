"""What runs a case: loads and locks it, steps its execution, writes back what became of it."""
