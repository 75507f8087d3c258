"""What each kind of BPMN element does: subclasses of SpiffWorkflow's task specs, built by `build`."""
