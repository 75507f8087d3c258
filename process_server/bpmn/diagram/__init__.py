"""From a BPMN file to a program: read, understood in every dialect, checked, compiled."""
