"""Making a plan, and finding what is wrong with one before any instance is looked at."""

from collections import Counter
from collections.abc import Iterator

from process_server.bpmn.engine.elements.events import StartEvent
from process_server.bpmn.engine.elements.subprocess import EventSubprocess
from process_server.bpmn.migration.places import Place, Places, kind
from process_server.bpmn.migration.plan import Instruction, Obstacle, Plan
from process_server.bpmn.program import Program
from process_server.i18n import gettext_noop


def generate(source: Program, target: Program, *, by_name: bool = False, update_triggers: bool = False) -> Plan:
    """Return a plan that takes every element to the one of the same id and kind.

    With `by_name` what is left over goes to what is left over of the same kind and name, where there is one only.
    """
    there = Places(target)
    pairs = {name: name for name in _ids(source) if there.get(name) is not None}
    plan = _sound(source, target, pairs, update_triggers)
    if by_name:
        plan = _sound(source, target, {**plan.targets, **_namesakes(source, target, plan)}, update_triggers)
    return plan


def candidates(source: Program, target: Program, element: str) -> list[str]:
    """Return the elements of the other version that are of the same kind, in the order of the file."""
    there, wanted = Places(target), kind(Places(source).all[element].spec)
    return [name for name in _ids(target) if kind(there.all[name].spec) == wanted]


def completed(source: Program, target: Program, plan: Plan, chosen: set[str]) -> Plan:
    """Add to a plan what nobody was asked about: every other element goes to its like where that fits the rest."""
    like = generate(source, target).targets
    taken = {each.target for each in plan.instructions}
    added = [Instruction(left, right) for left, right in like.items() if left not in chosen and right not in taken]
    whole = Plan((*plan.instructions, *added))
    wrong = {each.element for each in faults(source, target, whole)} - chosen
    return Plan(tuple(each for each in whole.instructions if each.source not in wrong))


def faults(source: Program, target: Program, plan: Plan) -> list[Obstacle]:
    """Return what is wrong with a plan, whatever instance it is for."""
    told = Counter(each.source for each in plan.instructions)
    found = [Obstacle(element, "mapped_twice", _TWICE) for element, times in told.items() if times > 1]
    here, there = Places(source), Places(target)
    for each in plan.instructions:
        found += _faults(here, there, plan, each)
    return found


def _faults(here: Places, there: Places, plan: Plan, each: Instruction) -> Iterator[Obstacle]:
    names = {"source": each.source, "target": each.target}
    source, target = here.get(each.source), there.get(each.target)
    if source is None or "#" in each.source:
        yield Obstacle(each.source, "no_source", _NO_SOURCE, names)
    elif target is None or "#" in each.target:
        yield Obstacle(each.source, "no_target", _NO_TARGET, names)
    elif kind(source.spec) != kind(target.spec):
        yield Obstacle(each.source, "other_kind", _OTHER_KIND, names)
    elif source.owner is not None and plan.targets.get(source.owner.partition("#")[0]) != target.owner:
        yield Obstacle(each.source, "other_owner", _OTHER_OWNER, {**names, "owner": source.owner})
    elif not _same_scope(here, there, plan, source, target):
        yield Obstacle(each.source, "other_scope", _OTHER_SCOPE, names)
    if each.update_trigger and source is not None and not _is_event(here, source):
        yield Obstacle(each.source, "no_trigger", _NO_TRIGGER, names)


def _is_event(places: Places, place: Place) -> bool:
    """Say whether something is waited for here; the start event of an event subprocess stands for that."""
    around = places.get(place.scope)
    starts = isinstance(place.spec, StartEvent) and around is not None and isinstance(around.spec, EventSubprocess)
    return starts or getattr(place.spec, "trigger", None) is not None


def _same_scope(here: Places, there: Places, plan: Plan, source: Place, target: Place) -> bool:
    """Say whether the nearest subprocess around that is mapped is around the target as well.

    Between the two only subprocesses may come or go that have no work of their own.
    """
    for left in here.around(source.scope):
        if not left or left in plan.targets:
            break
        if not here.may_be_added(left):
            return False
    anchor = plan.targets[left] if left else ""
    for entered in there.around(target.scope):
        if entered == anchor:
            return True
        if not entered or entered in plan.targets.values() or not there.may_be_added(entered):
            return False
    return False


def _sound(source: Program, target: Program, pairs: dict[str, str], update_triggers: bool) -> Plan:
    """Leave out what is at fault, until nothing is."""
    here = Places(source)
    while True:
        plan = Plan(tuple(Instruction(left, right) for left, right in pairs.items()))
        wrong = {each.element for each in faults(source, target, plan)}
        if not wrong:
            break
        pairs = {left: right for left, right in pairs.items() if left not in wrong}
    if not update_triggers:
        return plan
    events = {name for name in pairs if _is_event(here, here.all[name])}
    return Plan(tuple(Instruction(left, right, left in events) for left, right in pairs.items()))


def _namesakes(source: Program, target: Program, plan: Plan) -> dict[str, str]:
    here, there = Places(source), Places(target)
    taken = set(plan.targets.values())
    left = [name for name in _ids(source) if name not in plan.targets]
    right = [name for name in _ids(target) if name not in taken]
    found = {}
    for name in left:
        alike = [other for other in right if _alike(here.all[name], there.all[other])]
        rivals = [other for other in left if _alike(here.all[other], here.all[name])]
        if len(alike) == 1 and len(rivals) == 1:
            found[name] = alike[0]
    return found


def _alike(one: Place, other: Place) -> bool:
    name = one.spec.element.name
    return bool(name) and name == other.spec.element.name and kind(one.spec) == kind(other.spec)


def _ids(program: Program) -> list[str]:
    known = Places(program).all
    return [name for name in program.elements if name in known]


_TWICE = gettext_noop("{element} is mapped more than once.")
_NO_SOURCE = gettext_noop("The version they come from has no element {source}.")
_NO_TARGET = gettext_noop("The version they go to has no element {target}.")
_OTHER_KIND = gettext_noop("{source} and {target} are not of the same kind.")
_OTHER_OWNER = gettext_noop("{source} belongs to {owner}: {target} has to belong to what {owner} is mapped to.")
_OTHER_SCOPE = gettext_noop("{source} and {target} do not stand in the same subprocess.")
_NO_TRIGGER = gettext_noop("{source} is no event that could be reckoned anew.")
