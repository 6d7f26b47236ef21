"""Customers for requests that wait together: one transaction for all, and to each what it would have got alone."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kehuma.apps.audit import queries as audit
from kehuma.apps.audit import services as log
from kehuma.apps.audit.models import Event
from kehuma.apps.codes import certifying
from kehuma.apps.codes import queries as codes
from kehuma.apps.codes import services as register
from kehuma.apps.codes.groups import Request as CodeRequest
from kehuma.apps.customers import queries, services
from kehuma.apps.customers.data import Created
from kehuma.apps.customers.errors import OtherRequestError
from kehuma.apps.customers.known import Known
from kehuma.apps.customers.models import Customer, SearchText
from kehuma.apps.customers.waiting import Creations, Request
from kehuma.lib.viewer import Refused, Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
CHENGMING: Mapping[str, Any] = {
    "name": "上海澄明供应链管理有限公司",
    "region": "上海",
    "industry": "信息技术",
    "contact_name": "孙莉",
    "mobile": "13800000001",
    "uscc": "91110108551385082Q",
}
MORE = """
kehuma = 1
name = "more"
template = "M-{serial:4}"
[segments.serial]
per = []
"""
Asked = Callable[..., Request]


@pytest.fixture
def known(admin: Viewer) -> Known:  # noqa: ARG001 - the rule must be there
    return Known()


@pytest.fixture
def asked(known: Known, wang: Viewer) -> Asked:
    """``asked("1", name="…")``: a request of 小王 with this key."""

    def _asked(key: str, *, owner: int | None = wang.user_id, actor: str = wang.actor, **values: Any) -> Request:
        cleaned = known.cleaner.clean({**CHENGMING, **values}, whole=True)
        assert not cleaned.faults
        facts = known.facts(None, NOON)
        assert facts is not None
        code = CodeRequest(facts.scheme, facts.given(cleaned.values), key, actor, NOON)
        return Request(code, known.drafter.draft(cleaned.values, owner), {"name": cleaned.values["name"]}, known)

    return _asked


def made(*requests: Request) -> list[Created | None]:
    return Creations().answers(lambda: requests)


def _waiting(viewer: Viewer, key: str, **more: Any) -> Created | None:
    values = {**CHENGMING, **more.pop("values", {})}
    return services.create_waiting(viewer, values, request_key=key, at=NOON, **more)


def test_each_of_a_group_gets_the_record_that_it_would_have_got_alone(wang: Viewer, li: Viewer, asked: Asked) -> None:
    alone = services.create(li, CHENGMING, scheme="region-industry", request_key="0", at=NOON, owner=wang.user_id)
    one, other = made(asked("1"), asked("2", name="李四", kind="person", region="北京", notes="要发票", uscc=""))
    assert one is not None
    assert other is not None
    assert [codes.issued(code.identity).number for code in (alone, one, other)] == [1, 2, 1]  # type: ignore[union-attr]
    shown = [queries.record(li, code.identity).row for code in (alone, one)]
    assert {**shown[0].values, "code": ""} == {**shown[1].values, "code": ""}
    assert shown[0].owner == shown[1].owner
    assert queries.record(li, other.identity).row.name == "李四"
    assert Customer.objects.get(pk=other.id).name == ""
    tokens = [set(SearchText.objects.get(pk=code.id).tokens.split()) for code in (alone, one)]
    assert not {token for token in tokens[0] ^ tokens[1] if token[0] != "c"}
    assert [len(queries.duplicates(li, {"mobile": "13800000001"})), one.scheme] == [3, "region-industry"]


def test_every_customer_of_a_group_has_its_event_and_its_code_a_certificate(wang: Viewer, asked: Asked) -> None:
    made(*(asked(str(number), actor="li" if number == 2 else wang.actor) for number in range(4)))
    told = list(Event.objects.filter(kind="customers.created").values_list("subject", "actor", "detail"))
    assert sorted(actor for _, actor, _ in told) == sorted([wang.actor] * 3 + ["li"])
    assert {subject for subject, _, _ in told} == {one.code_id for one in Customer.objects.all()}
    assert all(detail == {"scheme": "region-industry"} for _, _, detail in told)
    log.sequence(NOON, keeps_checkpoint=True)
    for subject, _, _ in told:
        assert certifying.certificate(subject, at=NOON).kind == "codes.issued"


def test_who_asked_before_is_left_to_be_asked_alone(wang: Viewer, asked: Asked) -> None:
    first = _waiting(wang, "1", told={"name": "x"})
    assert first is not None
    again, other, twice = made(asked("1"), asked("2"), asked("2"))
    assert (again, twice) == (None, None)
    assert other is not None
    found = services.create(wang, CHENGMING, scheme="region-industry", request_key="1", at=NOON, told={"name": "x"})
    assert (found, found.is_new) == (first, False)
    with pytest.raises(OtherRequestError):
        services.create(wang, CHENGMING, scheme="region-industry", request_key="1", at=NOON, told={"name": "y"})
    assert Customer.objects.count() == codes.number_of_codes() == 2


def test_where_one_of_a_group_cannot_be_stored_none_is_and_the_others_succeed_alone(
    wang: Viewer, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise IntegrityError

    monkeypatch.setattr("kehuma.apps.customers.requests.keep", refused)
    with pytest.raises(IntegrityError), transaction.atomic():
        made(asked("1"), asked("2"))
    assert Customer.objects.count() == codes.number_of_codes() == Event.objects.filter(kind="customers.created").count()
    assert _waiting(wang, "1") is None
    monkeypatch.undo()
    assert [one is not None and one.identity[:10] for one in (_waiting(wang, "1"), _waiting(wang, "2"))] == [
        "SH-IT-0001",
        "SH-IT-0002",
    ]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"region": "火星"}, id="no such place"),
        pytest.param({"name": ""}, id="nameless"),
        pytest.param({"tags": ["月结"]}, id="tags"),
        pytest.param({"own_number": "K-1"}, id="a number in another system"),
    ],
)
def test_what_is_refused_or_unusual_is_left_to_be_asked_alone(wang: Viewer, values: dict[str, Any]) -> None:
    assert _waiting(wang, "1", values=values) is None
    assert codes.number_of_codes() == 0


def test_who_may_not_create_is_refused_and_who_may_not_assign_is_left_to_hear_why(
    wang: Viewer, li: Viewer, person: Callable[..., Viewer]
) -> None:
    with pytest.raises(Refused):
        _waiting(person("审计员", "shenji", "auditor"), "one")
    assert _waiting(wang, "1", owner=li.user_id) is None
    assert _waiting(wang, "1", scheme="unknown") is None
    given = _waiting(li, "1", owner=wang.user_id)
    assert given is not None
    assert Customer.objects.get(pk=given.id).owner_id == wang.user_id


@pytest.mark.parametrize("change", ["rule", "field"])
def test_what_follows_from_rules_or_fields_of_before_is_not_stored(
    wang: Viewer, admin: Viewer, asked: Asked, change: str
) -> None:
    late = asked("1")
    if change == "rule":
        register.publish(MORE, actor="x", at=NOON + timedelta(minutes=1))
    else:
        services.define_field(admin, key="level", zh="等级", type="text", required=True, at=NOON)
    forgotten: list[Known] = []
    assert Creations(forgotten.append).answers(lambda: [late]) == [None]
    assert (forgotten, Customer.objects.count()) == ([late.known], 0)
    assert audit.events(kind="customers.created") == []
    assert (_waiting(wang, "1") is None) == (change == "field")


def test_a_create_costs_few_statements_and_a_customer_more_in_a_group_hardly_any(asked: Asked) -> None:
    creations = Creations()
    creations.answers(lambda: [asked("0")])
    with CaptureQueriesContext(connection) as one:
        creations.answers(lambda: [asked("1")])
    with CaptureQueriesContext(connection) as many:
        creations.answers(lambda: [asked(f"more {number}") for number in range(8)])
    # On PostgreSQL nearly all of them go in three trips, which no list of Django's shows.
    assert len(one) <= (32 if connection.vendor == "sqlite" else 6)
    assert len(many) <= len(one) + 2
