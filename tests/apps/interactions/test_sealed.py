"""What people write about a customer is readable by nobody without the customer's key."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kehuma.apps.customers.errors import CustomerError
from kehuma.apps.customers.models import Customer
from kehuma.apps.interactions import queries, services
from kehuma.apps.interactions.models import FollowUp, Interaction
from kehuma.apps.sealing import services as keys
from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
NewCustomer = Callable[..., str]


def _texts(viewer: Viewer, code: str) -> list[str]:
    return [one.text for one in queries.timeline(viewer, code).entries]


def _tables() -> str:
    with connection.cursor() as cursor:
        found = []
        for table in ("interactions_interaction", "interactions_followup", "audit_event"):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names of ours
            found += [str(bytes(cell) if isinstance(cell, memoryview) else cell) for row in cursor for cell in row]
    return "\n".join(found)


def test_nothing_that_was_written_can_be_read_where_it_lies(wang: Viewer, li: Viewer, hengyue: str) -> None:
    made = services.note(wang, hengyue, "MARK1 @李经理 请看", at=NOON)
    services.log(wang, hengyue, "call", "MARK2", next_at=TODAY, next_what="MARK3", at=NOON)
    services.log(wang, hengyue, "visit", "", at=NOON)
    services.change(wang, made.uuid, "MARK4 @李经理", at=NOON)
    assert "MARK" not in _tables()
    assert sorted(_texts(wang, hengyue)) == ["", "MARK2", "MARK4 @李经理"]
    assert [one.what for one in queries.my_tasks(wang, today=TODAY).today] == ["MARK3"]
    assert [one.text for one in queries.mentions(li)] == ["MARK4 @李经理"]


def test_words_open_only_in_their_own_place(wang: Viewer, hengyue: str) -> None:
    for text in ("甲", "乙"):
        services.note(wang, hengyue, text, at=NOON)
    first, second = Interaction.objects.order_by("id")
    Interaction.objects.filter(pk=first.pk).update(sealed=second.sealed)
    with pytest.raises(ValueError, match=r"another row|damaged"):
        queries.timeline(wang, hengyue)


def test_lists_open_the_keys_of_all_customers_at_once(wang: Viewer, li: Viewer, new_customer: NewCustomer) -> None:
    def queries_for(number: int) -> tuple[int, int, int]:
        for place in range(number):
            code = new_customer(name=f"{'甲乙丙丁'[place]}{number}公司")
            services.note(wang, code, "@李经理", at=NOON)
            services.plan(wang, code, TODAY, "回访", at=NOON)
        counted = []
        for ask in (
            lambda: queries.my_tasks(wang, today=TODAY),
            lambda: queries.mentions(li),
            lambda: queries.timeline(wang, code),
        ):
            with CaptureQueriesContext(connection) as counting:
                ask()
            counted.append(len(counting))
        return counted[0], counted[1], counted[2]

    assert queries_for(1) == queries_for(4)


def test_without_the_keys_one_sees_that_there_was_something(
    wang: Viewer, hengyue: str, request: pytest.FixtureRequest
) -> None:
    services.log(wang, hengyue, "call", "谈价", next_at=TODAY, next_what="寄样品", at=NOON)
    request.getfixturevalue("sealed")
    assert _texts(wang, hengyue) == ["已封存"]
    assert [one.what for one in queries.my_tasks(wang, today=TODAY).today] == ["已封存"]
    with pytest.raises(StoreSealedError):
        services.note(wang, hengyue, "又谈", at=NOON)
    # A call of which nothing is said holds nothing to seal.
    services.log(wang, hengyue, "call", "", at=NOON)
    services.finish(wang, FollowUp.objects.get().pk, at=NOON)


def test_with_the_key_of_the_customer_the_words_are_gone(wang: Viewer, hengyue: str) -> None:
    services.note(wang, hengyue, "谈价", at=NOON)
    keys.erase([Customer.objects.get(code_id=hengyue).subject_id or 0], actor="test", at=NOON)
    assert _texts(wang, hengyue) == ["已删除个人信息"]
    with pytest.raises(CustomerError, match="erased"):
        services.note(wang, hengyue, "又谈", at=NOON)
