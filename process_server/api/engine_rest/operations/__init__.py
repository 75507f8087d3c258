"""What operators mend: jobs, incidents, migration, and operations on many instances."""
