"""Working calendars: when a company works, and arithmetic of working time.

The room lies below the tasks, whose due dates are counted in it, and above people: a calendar may be that of a
department.
"""
