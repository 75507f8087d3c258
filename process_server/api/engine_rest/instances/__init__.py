"""Running instances: their executions, variables, messages and what they wait for."""
