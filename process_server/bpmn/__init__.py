"""The conductor: reads, checks, compiles and runs processes; the only room that knows SpiffWorkflow."""
