"""Until when tasks have to be done: working time, warnings, escalation, pauses."""
