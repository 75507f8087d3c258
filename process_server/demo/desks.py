"""What lies on people's desks today: one case in each state into which deciding together brings work."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from process_server import clock
from process_server.bpmn import commands, queries
from process_server.identity import stand_ins
from process_server.identity.principal import Principal
from process_server.tasks.deadlines import pausing
from process_server.tasks.handling import claiming, comments, copies, drafts, handing
from process_server.tasks.inbox import views
from process_server.tasks.models import UserTask

VISITOR = "demo"  # who signs in first, and should find some of it in the inbox

COMPLAINT = {
    "company": "甬江模具有限公司",
    "contact_name": "杨帆",
    "phone": "13857412093",
    "channel": "phone",
    "subject": "设备开机无法联网",
    "description": "更换交换机后仍无法联网，客户已寄回一台终端检测。",
}
LEAD = {
    "company": "Bluefin Robotics China",
    "contact_name": "Anna Berg",
    "phone": "13917204418",
    "origin": "苏州",
    "industry": "manufacturing",
    "source": "exhibition",
}


class Desks:
    """Plays its scenes through the commands, each some hours before the demo's end."""

    def __init__(
        self, unit_of_work: Callable[[], AbstractContextManager[Session]], person: Callable[[Session, str], Principal]
    ) -> None:
        self.unit_of_work = unit_of_work
        self.person = person
        self.end = clock.now()

    def lay(self) -> None:
        """Play all scenes."""
        self.countersign()
        self.return_to_director()
        self.delegate()
        self.stand_in()
        self.put_off()
        self.stop_the_clock()
        self.begin_something()

    def countersign(self) -> None:
        """One of three has signed, the second is asked, the third wants to hear the visitor before."""
        case = self.contract(50, "sun.hao", "HT-2701", "海港机械制造有限公司", "产线改造总包合同", "6200000.00")
        self.complete(46, case, "director_review", "zhou.wei", director_decision="approve", opinion="同意")
        self.complete(30, case, "sign", "luo.yi", countersign_decision="approve", opinion="同意，按期交付。")
        with self.ago(6) as session:
            asked = self.task(session, case, "sign", "ma.ning")
            commands.add_signers(
                session,
                asked,
                [VISITOR],
                where="before",
                actor=self.person(session, "ma.ning"),
                opinion="请先看一下售后响应条款。",
            )
        with self.ago(3) as session:
            text = "@feng.tao 客户催得紧，麻烦今天看一下交付期。@demo 知悉。"
            comments.comment_on_instance(session, case, self.person(session, "sun.hao"), text)

    def return_to_director(self) -> None:
        """Legal returned a contract to the visitor, whose task is overdue by now."""
        case = self.contract(70, "wang.lei", "HT-2702", "珠江连锁零售有限公司", "门店系统采购合同", "268000.00")
        self.complete(60, case, "director_review", VISITOR, director_decision="approve", opinion="同意")
        with self.ago(31) as session:
            actor = self.person(session, "liu.yan")
            held = self.task(session, case, "legal_review")
            claiming.claim(session, held, actor)
            opinion = "折扣超出授权，请销售总监确认后再送审。"
            commands.return_task(session, held, actor=actor, to="director_review", resume=True, opinion=opinion)

    def delegate(self) -> None:
        """Finance asks the visitor for an opinion, and sends a copy of another case."""
        case = self.contract(28, "li.na", "HT-2703", "岭南医疗器械有限公司", "年度维保合同", "88000.00")
        approved = {"legal_decision": "approve", "legal_risk": "low"}
        self.complete(22, case, "legal_review", "liu.yan", opinion="条款无异议", **approved)
        with self.ago(5) as session:
            actor = self.person(session, "gao.jie")
            held = self.task(session, case, "finance_review")
            claiming.claim(session, held, actor)
            handing.delegate(session, held, VISITOR, principal=actor, opinion="预付比例偏低，请给个意见。")

    def stand_in(self) -> None:
        """The sales director is away for some days, and the visitor works for him."""
        case = self.contract(20, "chen.fang", "HT-2704", "鹭岛教育科技有限公司", "智慧校园项目合同", "480000.00")
        with self.ago(18) as session:
            director = self.person(session, "zhou.wei")
            claiming.claim(session, self.task(session, case, "director_review"), director)
            stand_ins.create(
                session,
                "zhou.wei",
                VISITOR,
                principal=director,
                starts_at=clock.now(),
                ends_at=self.end + timedelta(days=5),
                process_keys=["contract_approval"],
            )
            copies.send_copy(session, case, [VISITOR], principal=director, opinion="供参考：重点客户。")

    def put_off(self) -> None:
        """The visitor took a review and put it off until tomorrow."""
        case = self.contract(16, "huang.qiang", "HT-2705", "鹏城网络科技有限公司", "网关采购补充合同", "64000.00")
        with self.ago(4) as session:
            visitor = self.person(session, VISITOR)
            held = self.task(session, case, "legal_review")
            claiming.claim(session, held, visitor)
            claiming.reschedule(session, held, visitor, {"follow_up_at": self.end + timedelta(hours=20)})

    def stop_the_clock(self) -> None:
        """A complaint waits for the customer, so its clock stands still."""
        case = self.start(10, "guo.xin", "complaint", "TS-2706", COMPLAINT)
        with self.ago(8) as session:
            actor = self.person(session, "guo.xin")
            held = self.task(session, case, "handle")
            claiming.claim(session, held, actor)
            pausing.pause(session, held, principal=actor, reason="等待客户寄回设备")

    def begin_something(self) -> None:
        """The visitor has begun to enter a lead, and shares a list of large contracts."""
        with self.ago(2) as session:
            drafts.save(session, VISITOR, LEAD, process_key="lead_to_cash")
            columns = queries.columns_of(session, "all", self.person(session, VISITOR))
            settings = {
                "filters": ["process:contract_approval"],
                "where": "contract_amount > 100000",
                "sort": "-field.contract_amount",
                "columns": "title,field.company,field.contract_amount,assignee,due",
            }
            views.create(session, columns, "大额合同 Large contracts", settings, shared="everyone", icon="flag")

    def contract(self, hours: float, submitter: str, number: str, company: str, name: str, amount: str) -> UUID:
        """Somebody in sales submits a contract."""
        today = (self.end - timedelta(hours=hours)).date()
        values = {
            "company": company,
            "contract_no": number,
            "contract_name": name,
            "contract_type": "sales",
            "contract_amount": amount,
            "signing_date": (today + timedelta(days=7)).isoformat(),
            "payment_due": (today + timedelta(days=37)).isoformat(),
            "payment_terms": "net30",
        }
        return self.start(hours, submitter, "contract_approval", number, values)

    def start(self, hours: float, starter: str, process: str, business_key: str, values: Mapping[str, Any]) -> UUID:
        """Somebody starts a process."""
        with self.ago(hours) as session:
            definition = commands.latest(session, process)
            actor = self.person(session, starter)
            return commands.start_instance(
                session, definition.id, dict(values), actor=actor, business_key=business_key
            ).id

    def complete(self, hours: float, case: UUID, element: str, person: str, *, opinion: str, **values: Any) -> None:
        """Somebody takes a task, where it is only offered, and completes it."""
        with self.ago(hours) as session:
            actor = self.person(session, person)
            held = session.get_one(UserTask, self.task(session, case, element, person))
            if held.assignee is None:
                claiming.claim(session, held.id, actor)
            claiming.open_task(session, held.id, actor)
            commands.complete_user_task(session, held.id, values, actor=actor, opinion=opinion)

    def task(self, session: Session, case: UUID, element: str, person: str | None = None) -> UUID:
        """Return the open task of a step, of several that of a person."""
        query = select(UserTask.id, UserTask.assignee).where(
            UserTask.process_instance_id == case, UserTask.element_id == element, UserTask.state == "open"
        )
        found = session.execute(query).all()
        held: UUID = next(row.id for row in found if len(found) == 1 or row.assignee == person)
        return held

    @contextmanager
    def ago(self, hours: float) -> Iterator[Session]:
        """Open a transaction so many hours before the end."""
        with clock.travel(self.end - timedelta(hours=hours) - clock.now()), self.unit_of_work() as session:
            yield session
