"""Who the demo's customers are, and what its people enter at each step."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

COMPANIES = (
    "海港机械制造有限公司",
    "浦江精密仪器有限公司",
    "西湖智能装备股份有限公司",
    "南岭电子科技有限公司",
    "鹏城网络科技有限公司",
    "姑苏纺织集团有限公司",
    "甬江模具有限公司",
    "珠江连锁零售有限公司",
    "岭南医疗器械有限公司",
    "鹭岛教育科技有限公司",
    "金陵自动化工程有限公司",
    "齐鲁重工股份有限公司",
    "Northwind Trading (Shanghai) Co., Ltd.",
    "Harbour Machinery Ltd.",
    "Bluefin Robotics China",
    "Silk Road Logistics Ltd.",
)
LEGAL_FORM = re.compile(r"(股份|集团)?有限公司$| (Co\., )?Ltd\.$")  # what nobody says of a company
ORIGINS = ("上海", "杭州", "苏州", "宁波", "南京", "深圳", "广州", "东莞", "厦门", "成都", "北京")
CONTACTS = ("王芳", "李强", "张敏", "刘洋", "陈晨", "杨帆", "赵磊", "黄静", "Anna Berg", "Tom Keller")
POSITIONS = ("采购经理", "总经理", "信息主管", "生产总监", "行政主管")
INDUSTRIES = ("manufacturing", "manufacturing", "retail", "internet", "finance", "healthcare", "education")
SOURCES = ("website", "website", "exhibition", "referral", "campaign", "phone")
DEMANDS = (
    "希望了解产线数据采集方案，计划下季度上线。",
    "现有系统不能满足多仓库管理，需要报价。",
    "展会上看过演示，想安排一次线上会议。",
    "老客户介绍，先采购一个车间试用。",
    "Looking for a packing line with remote support.",
)
PRODUCTS = (
    ("数据采集终端", Decimal("2380.00")),
    ("产线看板软件", Decimal("12800.00")),
    ("边缘网关", Decimal("4650.00")),
    ("实施服务(人天)", Decimal("1800.00")),
    ("年度维保", Decimal("9600.00")),
)
COMPLAINTS = ("设备开机无法联网", "发票抬头有误", "到货数量与合同不符", "软件报表导出失败")


@dataclass(slots=True)
class Case:
    """One demo case: how it begins and how it is bound to end."""

    process: str
    starter: str
    business_key: str
    values: dict[str, Any]
    fate: str = "won"  # lost_lead, lost_deal, won
    size: int = 1  # how many of everything the customer buys
    rounds: dict[str, int] = field(default_factory=dict)  # how often a step was done


def _short(company: str) -> str:
    """Return what people call a company."""
    bare = LEGAL_FORM.sub("", company)
    return f"{bare} " if bare.isascii() else bare


def lead(chance: random.Random, index: int) -> Case:
    """A lead, or now and then a complaint."""
    company = COMPANIES[index % len(COMPANIES)]
    phone = f"13{chance.choice('5789')}{chance.randrange(10**8):08d}"
    contact = {"company": company, "contact_name": chance.choice(CONTACTS), "phone": phone}
    if index % 9 == 8:
        values = contact | {
            "channel": chance.choice(("phone", "mail", "wechat")),
            "subject": chance.choice(COMPLAINTS),
            "description": "客户来电反映问题，希望尽快处理并给出答复。",
        }
        return Case("complaint", "ma.ning", f"TS-{2600 + index}", values)
    values = contact | {
        "contact_position": chance.choice(POSITIONS),
        "email": f"contact{index}@example.com",
        "industry": chance.choice(INDUSTRIES),
        "origin": chance.choice(ORIGINS),
        "source": chance.choice(SOURCES),
        "demand": chance.choice(DEMANDS),
    }
    fate = chance.choices(("lost_lead", "lost_deal", "won"), (35, 20, 45))[0]
    return Case(
        "lead_to_cash",
        chance.choice(("he.jun", "lin.yue")),
        f"XS-{2600 + index}",
        values,
        fate,
        chance.choice((1, 1, 2, 4, 9)),
    )


DELAYS: dict[str, tuple[float, float]] = {
    # element: hours until somebody takes it, hours of work (medians)
    "follow_up": (20, 3),
    "convert": (10, 4),
    "request_quote": (14, 6),
    "negotiate": (60, 30),
    "confirm_payment": (150, 1),
    "legal_review": (22, 5),
    "finance_review": (12, 2),
    "director_review": (9, 1),
    "archive": (16, 1),
    "sign": (15, 1),
    "handle": (12, 5),
}


def delay(chance: random.Random, element: str) -> tuple[timedelta, timedelta]:
    """How long a task waits and how long it is worked on: mostly near the median, now and then much longer."""
    wait, work = DELAYS.get(element, (6.0, 1.0))
    return (
        timedelta(hours=wait * chance.lognormvariate(0, 0.8)),
        timedelta(hours=work * chance.lognormvariate(0, 0.6)),
    )


def answers(
    chance: random.Random, element: str, case: Case, variables: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """What a person enters at a step, as the browser would send it."""
    case.rounds[element] = case.rounds.get(element, 0) + 1
    make = ANSWERS.get(element)
    return make(chance, case, variables, now) if make else {}


def _follow_up(chance: random.Random, case: Case, variables: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    more = case.rounds["follow_up"] < chance.choice((1, 2, 2, 3))
    result = "continue" if more else ("lost" if case.fate == "lost_lead" else "convert")
    values = {
        "follow_up_date": now.date().isoformat(),
        "follow_up_method": chance.choice(("phone", "visit", "online")),
        "follow_up_notes": chance.choice(
            (
                "客户有明确预算，月底前定供应商。",
                "约了下周现场演示。",
                "对价格敏感，需要分期方案。",
                "Asked for references.",
            )
        ),
        "follow_up_result": result,
    }
    if result == "lost":
        values["lost_reason"] = chance.choice(("no_budget", "no_need", "competitor", "unreachable"))
    if result == "continue":
        values["next_plan"] = "准备方案后再次沟通"
    return values


def _opportunity(chance: random.Random, case: Case, variables: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "opportunity_name": f"{_short(case.values['company'])}数字化项目",
        "opportunity_amount": str(Decimal(chance.randrange(8_000, 40_000)) * case.size),
        "expected_close": (now + timedelta(days=45)).date().isoformat(),
        "opportunity_stage": "proposal",
        "product_need": case.values["demand"],
    }


def _quote(chance: random.Random, case: Case, variables: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    chosen = chance.sample(PRODUCTS, chance.randint(2, 4))
    return {
        "quote_lines": [
            {
                "product": name,
                "quantity": chance.randint(1, 3) * case.size,
                "unit_price": str(price),
                "discount": chance.choice((0, 0, 5, 10)),
            }
            for name, price in chosen
        ],
        "quote_valid_until": (now + timedelta(days=30)).date().isoformat(),
    }


def _negotiation(chance: random.Random, case: Case, variables: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    if case.fate == "lost_deal":
        return {"negotiation_result": "lost", "lost_reason": chance.choice(("price", "competitor", "postponed"))}
    if case.rounds["negotiate"] == 1 and chance.random() < 0.2:
        return {"negotiation_result": "requote"}
    return {
        "negotiation_result": "won",
        "contract_no": case.business_key.replace("XS", "HT"),
        "contract_name": f"{_short(case.values['company'])}采购合同",
        "contract_type": chance.choice(("sales", "sales", "framework")),
        "contract_amount": str(variables["quote_total"]),
        "signing_date": now.date().isoformat(),
        "payment_due": (now + timedelta(days=30)).date().isoformat(),
        "payment_terms": chance.choice(("prepaid", "30_60_10", "net30")),
    }


def _decision(prefix: str, **more: Any) -> Callable[..., dict[str, Any]]:
    def decide(chance: random.Random, case: Case, variables: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        if case.rounds.get(f"{prefix}_returned", 0) == 0 and chance.random() < 0.15:
            case.rounds[f"{prefix}_returned"] = 1
            return more | {f"{prefix}_decision": "return", f"{prefix}_opinion": "请补充付款节点和验收标准。"}
        return more | {f"{prefix}_decision": "approve", f"{prefix}_note": "同意"}

    return decide


def _payment(chance: random.Random, case: Case, variables: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    outstanding = Decimal(variables["outstanding_amount"])
    first = case.rounds["confirm_payment"] == 1 and chance.random() < 0.4
    amount = (outstanding * Decimal("0.3")).quantize(Decimal("0.01")) if first else outstanding
    return {
        "payment_amount": str(amount),
        "payment_date": now.date().isoformat(),
        "payment_method": "transfer",
        "bank_reference": f"BK{chance.randrange(10**8):08d}",
    }


ANSWERS: dict[str, Callable[[random.Random, Case, Mapping[str, Any], datetime], dict[str, Any]]] = {
    "follow_up": _follow_up,
    "convert": _opportunity,
    "review_opportunity": _decision("review"),
    "request_quote": _quote,
    "review_quote": _decision("quote"),
    "negotiate": _negotiation,
    "assign_from_pool": lambda chance, case, variables, now: {"owner": variables["owner_options"][0]["value"]},
    "director_review": _decision("director"),
    "sign": lambda chance, case, variables, now: {"countersign_decision": "approve"},
    "legal_review": _decision("legal", legal_risk="low"),
    "finance_review": _decision("finance", credit_rating="A"),
    "archive": lambda chance, case, variables, now: {
        "archive_no": case.business_key.replace("XS", "DA"),
        "originals_complete": True,
    },
    "revise": lambda chance, case, variables, now: {
        "revise_action": "resubmit",
        **{
            name: str(variables[name])
            for name in (
                "contract_no",
                "contract_name",
                "contract_type",
                "contract_amount",
                "signing_date",
                "payment_due",
                "payment_terms",
            )
        },
    },
    "confirm_payment": _payment,
    "handle": lambda chance, case, variables, now: {"resolution": "repaired", "handling": "已远程指导客户处理。"},
    "call_back": lambda chance, case, variables, now: {"satisfied": "yes", "satisfaction": chance.randint(7, 10)},
}
