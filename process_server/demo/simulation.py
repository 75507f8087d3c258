"""Plays cases through the commands in the order of time: whatever is due first happens first."""

import heapq
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn import commands
from process_server.bpmn.models import ProcessInstance, Timer
from process_server.config import settings
from process_server.demo.cases import Case, answers, delay, lead
from process_server.documents.jobs import archive_sheets
from process_server.identity import users
from process_server.identity.principal import Principal
from process_server.tasks.handling import claiming
from process_server.tasks.models import UserTask

OPENS, CLOSES = 9, 18  # hours people work
EVENT = tuple[datetime, int, Callable[[], None]]


class Simulation:
    """A queue of what people will do, and the clock that goes from one to the next."""

    def __init__(
        self, unit_of_work: Callable[[], AbstractContextManager[Session]], *, leads: int, days: int, seed: int = 20
    ) -> None:
        self.unit_of_work = unit_of_work
        self.random = random.Random(seed)
        self.end = clock.now()
        self.begin = self.end - timedelta(days=days)
        self.zone = ZoneInfo(settings().time_zone)
        self.queue: list[EVENT] = []
        self.number = count()
        self.cases: dict[UUID, Case] = {}
        self.planned: set[UUID] = set()
        self.people: dict[str, Principal] = {}
        self.plan_leads(leads)

    def plan_leads(self, leads: int) -> None:
        """Spread the arrival of leads over the period, a few of them today."""
        span = self.end - self.begin
        for index in range(leads):
            at = self.working_time(self.begin + span * (index + self.random.random()) / leads)
            case = lead(self.random, index)
            self.at(at, lambda case=case: self.start(case))  # type: ignore[misc]

    def at(self, moment: datetime, action: Callable[[], None]) -> None:
        """Plan something; what lies beyond today never happens."""
        if moment < self.end:
            heapq.heappush(self.queue, (moment, next(self.number), action))

    def run(self, progress: Callable[[float], object]) -> None:
        """Let it all happen."""
        while self.queue:
            moment, _, action = heapq.heappop(self.queue)
            self.fire_timers(moment)
            with clock.travel(moment - clock.now()):
                action()
            progress(min(1.0, (moment - self.begin) / (self.end - self.begin)))
        self.fire_timers(self.end)

    def fire_timers(self, until: datetime) -> None:
        """Fire what becomes due on the way, each at its instant."""
        while True:
            with self.unit_of_work() as session:
                due = session.execute(
                    select(func.min(Timer.due_at)).where(Timer.process_instance_id.is_not(None))
                ).scalar_one()
            if due is None or due > until:
                return
            with clock.travel(due - clock.now()), self.unit_of_work() as session:
                commands.fire_timers(session)
            self.plan_open_tasks(due)

    def start(self, case: Case) -> None:
        """Somebody in marketing enters a lead, or somebody in service a complaint."""
        with self.unit_of_work() as session:
            actor = self.person(session, case.starter)
            definition = commands.latest(session, case.process)
            instance = commands.start_instance(
                session, definition.id, case.values, actor=actor, business_key=case.business_key
            )
        self.cases[instance.id] = case
        self.plan_open_tasks(clock.now())

    def plan_open_tasks(self, now: datetime) -> None:
        """Decide for every new task who will do it, and when."""
        with self.unit_of_work() as session:
            query = (
                select(UserTask, ProcessInstance.root_id)
                .join(ProcessInstance, ProcessInstance.id == UserTask.process_instance_id)
                .where(UserTask.state == "open", UserTask.id.not_in(self.planned or [UUID(int=0)]))
                .order_by(UserTask.created_at, UserTask.id)
            )
            for task, root in session.execute(query):
                self.planned.add(task.id)
                if root in self.cases:  # else somebody tries the server while the demo's past is still being made
                    self.plan(session, task, self.cases[root], now)

    def plan(self, session: Session, task: UserTask, case: Case, now: datetime) -> None:
        """Plan opening, claiming and completing one task."""
        if task.assignee:
            worker = task.assignee
        else:
            offered = users.members(session, *task.candidate_groups)
            worker = self.random.choice(sorted(offered)) if offered else "demo"
        wait, work = delay(self.random, task.element_id)
        taken = self.working_time(now + wait)
        done = self.working_time(taken + work)
        identity, element = task.id, task.element_id
        self.at(taken, lambda: self.take(identity, worker))
        self.at(done, lambda: self.complete(identity, element, worker, case))

    def take(self, task: UUID, worker: str) -> None:
        """Open a task, and claim it where it was offered to a group."""
        with self.unit_of_work() as session:
            held = session.get_one(UserTask, task)
            if held.state == "open":
                actor = self.person(session, worker)
                if held.assignee is None:
                    claiming.claim(session, task, actor)
                claiming.open_task(session, task, actor)

    def complete(self, task: UUID, element: str, worker: str, case: Case) -> None:
        """Complete a task with what such a person would enter."""
        with self.unit_of_work() as session:
            held = session.get_one(UserTask, task)
            if held.state != "open":
                return
            variables = session.get_one(ProcessInstance, held.process_instance_id).variables
            values = answers(self.random, element, case, variables, clock.now())
            commands.complete_user_task(session, task, values, actor=self.person(session, worker))
        archive_sheets()  # now, and not when a worker looks: the clock of the story goes on
        self.plan_open_tasks(clock.now())

    def person(self, session: Session, user_id: str) -> Principal:
        """Return somebody as who they are when signed in."""
        if user_id not in self.people:
            user = users.find(session, user_id)
            groups = users.groups_of(session, user_id)
            self.people[user_id] = Principal(user.id, user.name, groups, admin=user.admin, name_en=user.name_en)
        return self.people[user_id]

    def working_time(self, moment: datetime) -> datetime:
        """Return the moment, or the next one at which people work."""
        local = moment.astimezone(self.zone)
        if local.hour >= CLOSES:
            local = (local + timedelta(days=1)).replace(hour=OPENS, minute=self.random.randrange(50))
        elif local.hour < OPENS:
            local = local.replace(hour=OPENS, minute=self.random.randrange(50))
        while local.weekday() >= 5:
            local += timedelta(days=1)
        return local
