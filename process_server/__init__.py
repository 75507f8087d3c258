"""A CRM whose programs are BPMN diagrams: deployed by analysts, executed by SpiffWorkflow, worked by people."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("process-server")
except PackageNotFoundError:  # run from a checkout that was not installed
    __version__ = "0"
