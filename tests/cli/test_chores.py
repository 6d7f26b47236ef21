"""What the worker does unasked."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import UUID

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django_tasks_db.models import DBTaskResult

from kehuma.apps.access import queries as access
from kehuma.apps.access import services as people
from kehuma.apps.customers import services as customers
from kehuma.apps.intake import queries, services
from kehuma.apps.intake.models import ImportBatch, State
from kehuma.cli.chores import Chore, Round
from kehuma.lib import clock
from kehuma.lib.viewer import system

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_each_chore_is_done_at_the_beginning_and_then_when_it_is_due() -> None:
    done: list[str] = []
    going = Round([Chore("often", MINUTE, lambda _: done.append("often")),
                   Chore("seldom", timedelta(days=1), lambda _: done.append("seldom"))])  # fmt: skip
    for seconds in (0, 5, 59, 60, 65):
        going.go(NOON + timedelta(seconds=seconds))
    assert done == ["often", "seldom", "often"]
    going.go(NOON + timedelta(days=1))
    assert done[3:] == ["often", "seldom"]


def test_a_chore_that_fails_keeps_no_other_from_being_done(caplog: pytest.LogCaptureFixture) -> None:
    done: list[datetime] = []

    def fail(_: datetime) -> None:
        raise OSError("disk")

    Round([Chore("first", MINUTE, fail), Chore("second", MINUTE, done.append)]).go(NOON)
    assert done == [NOON]
    assert "chore first failed" in caplog.text


def test_a_chore_that_fails_every_second_is_tried_again_after_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    tried: list[datetime] = []

    def fail(at: datetime) -> None:
        tried.append(at)
        raise OSError("disk")

    going = Round([Chore("log", timedelta(seconds=1), fail)])
    for seconds in (0, 1, 59, 60, 61):
        going.go(NOON + timedelta(seconds=seconds))
    assert tried == [NOON, NOON + MINUTE]
    assert caplog.text.count("chore log failed") == 2


def _received() -> UUID:
    viewer = system("test")
    return services.receive(viewer, BytesIO("客户名称\n甲公司\n".encode()), "名单.csv", at=clock.now()).uuid


@pytest.mark.django_db
def test_an_import_that_died_with_its_process_is_begun_again() -> None:
    uuid = _received()
    long_ago = clock.now() - timedelta(minutes=6)
    ImportBatch.objects.filter(uuid=uuid).update(state=State.CHECKING, progressed_at=long_ago)
    Round().go(clock.now())
    waiting = DBTaskResult.objects.ready()
    assert [(one.task_path.rpartition(".")[2], one.args_kwargs["args"]) for one in waiting] == [
        ("check_import", [str(uuid)])
    ]


@pytest.mark.django_db
def test_what_nobody_needs_any_more_goes() -> None:
    uuid, now = _received(), clock.now()
    kept = _received()
    ImportBatch.objects.filter(uuid=uuid).update(progressed_at=now - timedelta(days=31))
    over = SessionStore()
    over.set_expiry(-1)
    over.create()
    Round().go(now)
    assert queries.imported(system("test"), uuid).cleared_at == now
    assert queries.imported(system("test"), kept).cleared_at is None
    assert not Session.objects.exists()


@pytest.mark.django_db
def test_customers_whom_nobody_contacts_go_back_where_the_organisation_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, datetime]] = []
    monkeypatch.setattr(customers, "return_idle", lambda _viewer, *, days, at: asked.append((days, at)))
    boss = access.viewer_of(people.found("恒岳", name="林静怡", username="linjy", password="北风卷地白草折", at=NOON))
    Round().go(NOON)
    assert asked == []
    people.set_idle_days(boss, 30, at=NOON)
    Round().go(NOON)
    assert asked == [(30, NOON)]
