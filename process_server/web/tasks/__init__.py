"""The page of a task and all that is done on it; starting a process, which begins with a form as well."""
