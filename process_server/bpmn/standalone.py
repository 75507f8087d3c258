"""Tasks that belong to no process: each is a case of a process of one step, which the server deploys when needed.

So they have everything that other tasks have: lists, comments, files, deadlines, history.
"""

KEY = "standalone_task"
"""The key of the process."""
