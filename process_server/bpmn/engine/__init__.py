"""The token game: what an instance in memory does, on SpiffWorkflow's workflows, tasks and specs."""
