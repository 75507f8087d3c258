"""A CRM whose programs are BPMN diagrams: deployed by analysts, executed by SpiffWorkflow, worked by people."""
