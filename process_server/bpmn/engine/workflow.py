"""The engine's own objects, made ours: a token is a SpiffWorkflow task, a scope one of its workflows.

A token exists only while it is somewhere: a finished one leaves at once, so that the state of an instance is what it
waits for and nothing else. The tree of tasks says what belongs to what (a boundary event to its activity, an instance
to its multi-instance body), never what came before: that is told by the visits.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task

from process_server import clock
from process_server.db import new_id

if TYPE_CHECKING:
    from process_server.bpmn.engine.elements.base import ElementSpec
    from process_server.bpmn.engine.run import Run


class Token(Task):  # type: ignore[misc]
    """One visit of an element, from its arrival to its leaving.

    READY: the engine works it next. STARTED: somebody or something outside has to act. WAITING: armed, it does not hold
    up its scope (a boundary event, the trigger of an event subprocess, an arm of an event-based gateway).
    """

    task_spec: "ElementSpec"
    workflow: "Process | Scope"

    def __init__(
        self,
        workflow: "Process | Scope",
        spec: "ElementSpec",
        parent: "Token | None",
        state: int = TaskState.READY,
        flow: str | None = None,
    ) -> None:
        super().__init__(workflow, spec, parent, state, id=new_id())
        self._children: dict[UUID, None] = {}
        self.entered = clock.timestamp()
        self.flow = flow  # the sequence flow it came by
        self.leaving = False  # its work is done; what is left is to go on
        self.index: int | None = None  # which instance of a loop it is
        self.undoes: UUID | None = None  # the compensation throw it works for
        self.way: Any = ()
        self.told = False  # its visit is recorded already
        self.actor: str | None = None
        self.detail: dict[str, Any] | None = None

    def say(self, **facts: Any) -> None:
        """Keep facts of the visit; None says nothing."""
        told = {name: value for name, value in facts.items() if value is not None}
        if told:
            self.detail = {**(self.detail or {}), **told}

    @classmethod
    def restore(
        cls, workflow: "Process | Scope", spec: "ElementSpec", parent: "Token", identity: UUID, state: int
    ) -> "Token":
        """Return a token as it was stored, under its own id."""
        token = cls.__new__(cls)
        token.__dict__ = {
            "id": identity, "workflow": workflow, "_parent": parent.id, "_children": {}, "_state": state,
            "triggered": False, "task_spec": spec, "thread_id": 0, "data": {}, "internal_data": {},
            "last_state_change": 0.0, "entered": 0.0, "flow": None, "leaving": False, "index": None, "undoes": None,
            "way": (), "told": False, "actor": None, "detail": None,
        }  # fmt: skip
        workflow.tasks[identity] = token
        parent._children[identity] = None
        return token

    def _set_state(self, value: int) -> None:
        self._state = value

    def _child_added_notify(self, child: Task) -> None:
        self._children[child.id] = None

    @property
    def run_(self) -> "Run":
        """The run this token belongs to."""
        return self.workflow.top_workflow.run

    @property
    def on_top(self) -> bool:
        """Whether the token belongs to its scope directly, not to another token."""
        return bool(self._parent == self.workflow.task_tree.id)


class _Scoped:
    """What the process and its subprocesses share."""

    tasks: dict[UUID, Token]
    spec: Any
    task_tree: Token

    def prepare(self, root: UUID | None = None) -> None:
        """Begin without tokens. Spiff's start task serves as the root of the tree."""
        self.live = 0  # tokens that hold up the end of this scope
        self.parked: dict[str, list[Token]] = {}  # tokens that wait at a joining gateway
        self.undoable: list[dict[str, Any]] = []  # completed activities that compensation may undo, oldest first
        self.task_tree = Token(self, self.spec.start, None, TaskState.COMPLETED)  # type: ignore[arg-type]
        if root is not None:
            del self.tasks[self.task_tree.id]
            self.task_tree.id = root
            self.tasks[root] = self.task_tree

    def place(self, spec: "ElementSpec", flow: str | None = None) -> Token:
        """Put a new token on an element."""
        self.live += 1
        return Token(self, spec, self.task_tree, TaskState.READY, flow)  # type: ignore[arg-type]

    def remove(self, token: Token) -> None:
        """Take a finished token away."""
        del self.tasks[token.id]
        parent = self.tasks.get(token._parent)
        if parent is not None:
            parent._children.pop(token.id, None)


class Process(_Scoped, BpmnWorkflow):  # type: ignore[misc]
    """The workflow of a whole instance."""

    owner = None

    def __init__(self, spec: Any, subprocess_specs: dict[str, Any], run: "Run") -> None:
        self.run = run
        super().__init__(spec, subprocess_specs, script_engine=run, deserializing=True)

    def get_task_from_id(self, task_id: UUID) -> Token:
        """Find a token at any depth without searching the subprocesses."""
        return self.run.tokens[task_id]


class Scope(_Scoped, BpmnSubWorkflow):  # type: ignore[misc]
    """The workflow of one visit of a subprocess; its owner is the token on the subprocess."""

    top_workflow: Process

    def __init__(self, spec: Any, owner: Token) -> None:
        self.owner = owner
        super().__init__(spec, owner.id, owner.workflow.top_workflow, deserializing=True)

    def _calculate_depth(self) -> int:
        return getattr(self.owner.workflow, "depth", 0) + 1
