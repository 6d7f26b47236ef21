"""How long what is kept is kept: seen beforehand, done in portions, never with those who are to be left alone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import queries, retention, services
from kehuma.apps.customers.data import RetentionFacts
from kehuma.apps.customers.errors import CustomerError, FieldError, TakenError, UnknownError
from kehuma.apps.customers.models import Customer, RetentionRule
from kehuma.apps.interactions import queries as interactions
from kehuma.apps.interactions import services as tasks
from kehuma.lib.viewer import Refused, Viewer, system

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=800)
NewCustomer = Callable[..., str]
NIGHT = system("kehuma")


def _facts(action: str = "erase", **more: object) -> RetentionFacts:
    told: dict[str, object] = {"name": "两年不联系", "kind": "", "months": 24, "action": action, **more}
    return RetentionFacts(**told)  # type: ignore[arg-type]


def _on(admin: Viewer, facts: RetentionFacts) -> int:
    number = services.set_rule(admin, facts, at=NOON)
    services.switch_rule(admin, number, is_on=True, at=NOON)
    return number


def _run(at: datetime = LATER, most: int = 5000) -> int:
    return services.run_retention(NIGHT, busy=interactions.busy, at=at, most=most)


def test_who_has_been_silent_too_long_is_erased_and_the_code_stays_used(
    admin: Viewer, new_customer: NewCustomer
) -> None:
    code = new_customer(kind="person", name="张晓丰", mobile="13755556666")
    _on(admin, _facts())
    assert _run(NOON + timedelta(days=700)) == 0
    assert _run() == 1
    assert queries.record(admin, code).row.name == "已删除个人信息"
    assert queries.search(admin, "13755556666") == []
    assert codes.resolve(code).found
    (event,) = audit.events(kind="customers.erased", subject=code)
    assert (event.actor, event.detail) == ("kehuma", {"reason": "retention", "rule": "两年不联系"})
    (done,) = audit.events(kind="customers.retention-applied")
    assert done.detail["customers"] == 1
    assert _run() == 0


def test_those_who_are_put_away_can_come_back(admin: Viewer, new_customer: NewCustomer) -> None:
    several = [new_customer(name=f"{n}号有限公司") for n in range(3)]
    number = _on(admin, _facts("bin"))
    assert _run(most=2) == 2
    assert queries.retention_rule(admin, number).last_count == 2
    assert _run() == 1
    assert Customer.objects.filter(deleted_at=LATER).count() == 3
    services.restore(admin, several, at=LATER)


def test_who_is_to_be_left_alone_is_never_touched(admin: Viewer, wang: Viewer, new_customer: NewCustomer) -> None:
    names = ("限制", "保留", "待办", "同意", "近来")
    codes_ = {name: new_customer(kind="person", name=f"张{name}", mobile="13755556666") for name in names}
    services.restrict(admin, codes_["限制"], reason="claims", at=NOON)
    services.hold(admin, codes_["保留"], reason="dispute", at=NOON)
    tasks.plan(wang, codes_["待办"], date(2027, 1, 1), "回访", at=NOON)
    services.give_consent(wang, codes_["同意"], "contract", given_on=date(2026, 11, 1), basis="contract", at=NOON)
    tasks.log(wang, codes_["近来"], "call", "", at=LATER - timedelta(days=30))
    number = services.set_rule(admin, _facts(), at=NOON)
    assert queries.preview_rule(admin, _facts(), busy=interactions.busy, at=LATER).count == 0
    services.switch_rule(admin, number, is_on=True, at=NOON)
    assert _run() == 0
    services.hold(admin, codes_["保留"], reason="", at=NOON)
    assert _run() == 1
    services.set_rule(admin, _facts(spares_agreed=False), number=number, at=NOON)
    services.switch_rule(admin, number, is_on=True, at=NOON)
    assert _run() == 1
    assert queries.record(admin, codes_["同意"]).row.unopened == "erased"


def test_a_rule_is_seen_before_it_counts_and_a_changed_one_is_off(admin: Viewer, new_customer: NewCustomer) -> None:
    person, firm = new_customer(kind="person", name="张晓丰"), new_customer(name="甲有限公司")
    facts = _facts("bin", kind="person")
    number = services.set_rule(admin, facts, at=NOON)
    seen = queries.preview_rule(admin, facts, busy=interactions.busy, at=LATER)
    assert (seen.count, [code for code, *_ in seen.first]) == (1, [person])
    assert _run() == 0
    services.switch_rule(admin, number, is_on=True, at=NOON)
    services.set_rule(admin, _facts("bin", kind="enterprise"), number=number, at=NOON)
    assert not RetentionRule.objects.get().is_on
    assert _run() == 0
    services.switch_rule(admin, number, is_on=True, at=NOON)
    assert _run() == 1
    assert Customer.objects.get(code__identity=firm).deleted_at == LATER
    assert [event.detail["what"] for event in audit.events(kind="customers.retention-set")][::-1] in (
        ["added", "on", "changed", "on"],
        ["on", "changed", "on", "added"],
    )


def test_what_is_held_cannot_be_erased_by_hand_either(admin: Viewer, new_customer: NewCustomer) -> None:
    code = new_customer(kind="person", name="张晓丰")
    services.hold(admin, code, reason="law", at=NOON)
    with pytest.raises(CustomerError, match="kept"):
        services.erase(admin, code, reason="request", at=NOON)
    with pytest.raises(FieldError):
        services.hold(admin, code, reason="因为", at=NOON)
    services.hold(admin, code, reason="", at=NOON)
    services.erase(admin, code, reason="request", at=NOON)
    assert [len(audit.events(kind=kind)) for kind in ("customers.held", "customers.hold-ended")] == [1, 1]


def test_rules_are_for_who_answers_persons_and_reaches_everybody(
    admin: Viewer, wang: Viewer, new_customer: NewCustomer
) -> None:
    code = new_customer(name="甲有限公司")
    for act in (
        lambda: services.set_rule(wang, _facts(), at=NOON),
        lambda: queries.retention_rules(wang),
        lambda: services.hold(wang, code, reason="law", at=NOON),
    ):
        with pytest.raises(Refused):
            act()
    number = services.set_rule(admin, _facts(), at=NOON)
    with pytest.raises(TakenError):
        services.set_rule(admin, _facts(), at=NOON)
    for wrong in ({"months": 0}, {"action": "burn"}, {"name": " "}):
        with pytest.raises(FieldError):
            services.set_rule(admin, _facts(**{"name": "别的", **wrong}), at=NOON)  # type: ignore[arg-type]
    services.remove_rule(admin, number, at=NOON)
    with pytest.raises(UnknownError):
        services.switch_rule(admin, number, is_on=True, at=NOON)


@pytest.mark.parametrize(
    ("at", "months", "edge"),
    [
        pytest.param(datetime(2026, 11, 22, 4, tzinfo=UTC), 24, "2024-11-22", id="two years"),
        pytest.param(datetime(2026, 3, 31, 4, tzinfo=UTC), 1, "2026-02-28", id="a shorter month"),
        pytest.param(datetime(2026, 1, 15, 4, tzinfo=UTC), 1, "2025-12-15", id="over the year"),
    ],
)
def test_months_are_those_of_the_calendar(at: datetime, months: int, edge: str) -> None:
    assert retention._edge(at, months).date().isoformat() == edge
