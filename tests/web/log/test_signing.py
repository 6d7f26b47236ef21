"""Checkpoints on paper, the sign-off of a period, and what the bell says of the witness."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from kehuma.apps.access import services as people
from kehuma.apps.audit import checkpoints, queries, witness
from kehuma.apps.audit.keyring import recalled
from kehuma.apps.audit.models import Work
from kehuma.engine.merkle.checkpoints import believed
from kehuma.lib import clock


def _text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def yesterday(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The period that is signed off: it is the day after everything that happens in the test."""
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=1))
    today = timezone.localtime(real()).date().isoformat()
    return {"since": "2020-01-01", "until": today}


def test_a_checkpoint_is_shown_to_be_printed(auditor: Client, code: str, sequence: Callable[[], int]) -> None:
    del code
    assert "还没有检查点" in _text(auditor.get("/audit/checkpoint/"))
    size = sequence()
    told = _text(auditor.get("/audit/checkpoint/"))
    ring = recalled()
    assert ring
    assert ring.name in told
    assert 'class="qr"' in told
    assert f">{size}<" in told


def test_a_checkpoint_is_signed_on_request(auditor: Client, code: str) -> None:
    del code
    assert auditor.post("/audit/checkpoint/").status_code == 302
    ring = recalled()
    assert ring
    assert believed(checkpoints.newest(), ring.trust).checkpoint.size > 0


def test_a_period_is_signed_off_after_it_was_verified(
    auditor: Client, code: str, sequence: Callable[[], int], yesterday: dict[str, str]
) -> None:
    del code
    sequence()
    unverified = auditor.post("/audit/sign-offs/new/", yesterday)
    assert unverified.status_code == 422
    assert "签核前请先校验" in unverified.content.decode()
    auditor.post("/audit/verify/")
    sequence()
    told = _text(auditor.post("/audit/sign-offs/new/", yesterday, follow=True))
    assert "赵审计" in told
    assert "已签核" in told
    assert 'class="qr"' in told
    event = queries.events(kind="log.signed-off")[0]
    assert (event.detail["number"], event.detail["needed"]) == (1, 1)
    told = _text(auditor.get("/audit/sign-offs/"))
    assert "赵审计" in told[told.index("<main") :]


def test_two_people_sign_where_the_setting_says_so(  # noqa: PLR0917 - one fixture per person
    auditor: Client,
    code: str,
    sequence: Callable[[], int],
    yesterday: dict[str, str],
    settings: Any,
    admin: people.User,
    client_of: Callable[..., Client],
) -> None:
    del code
    settings.SIGNERS = 2
    auditor.post("/audit/verify/")
    sequence()
    answer = auditor.post("/audit/sign-offs/new/", yesterday, follow=True)
    address = answer.redirect_chain[0][0]
    assert "待第二人签" in _text(answer)
    assert "我也签" not in _text(auditor.get(address))
    assert "您已经签过" in _text(auditor.post(f"{address}sign/", follow=True))
    second = client_of(admin)
    assert "我也签" in _text(second.get(address))
    told = _text(second.post(f"{address}sign/", follow=True))
    assert "林静怡" in told
    assert "已签核" in told
    assert "林静怡" in _text(auditor.get(address))
    assert len(queries.events(kind="log.signed-off")) == 2


@pytest.mark.parametrize(
    ("period", "reason"),
    [
        ({"since": "2020-02-01", "until": "2020-01-01"}, "开始日期晚于结束日期"),
        ({"since": "2020-01-01", "until": "2999-01-01"}, "本期还没有结束"),
        ({"since": "2020-01-01", "until": ""}, "这个字段是必填项"),
    ],
    ids=["backwards", "open", "empty"],
)
def test_a_period_that_cannot_be_signed_off_says_why(auditor: Client, period: dict[str, str], reason: str) -> None:
    answer = auditor.post("/audit/sign-offs/new/", period)
    assert answer.status_code == 422
    assert reason in answer.content.decode()


def test_a_verification_that_failed_or_is_old_signs_nothing_off(
    auditor: Client, code: str, sequence: Callable[[], int], yesterday: dict[str, str]
) -> None:
    del code
    auditor.post("/audit/verify/")
    sequence()
    Work.objects.update(result={"ok": False})
    assert auditor.post("/audit/sign-offs/new/", yesterday).status_code == 422
    Work.objects.update(result={"ok": True}, ended_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert auditor.post("/audit/sign-offs/new/", yesterday).status_code == 422


def test_a_sign_off_stays(auditor: Client, code: str, sequence: Callable[[], int], yesterday: dict[str, str]) -> None:
    del code
    auditor.post("/audit/verify/")
    sequence()
    auditor.post("/audit/sign-offs/new/", yesterday)
    for change in ("UPDATE audit_signoff SET events = 0", "DELETE FROM audit_signature"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_the_bell_says_what_to_do_when_no_codes_are_issued(
    auditor: Client, code: str, sequence: Callable[[], int], client_of: Callable[..., Client], wang: people.User
) -> None:
    del code
    sequence()
    seen = witness.current()
    assert seen
    seen.note(event=10**9)
    connection.kehuma_fence = None  # type: ignore[attr-defined]
    told = _text(auditor.get("/"))
    assert "暂停发码" in told
    assert "kehuma recover" in told
    told = _text(auditor.get("/audit/"))
    assert "数据库比见证文件旧" in told
    assert "kehuma recover" in told
    assert "kehuma recover" not in _text(client_of(wang).get("/"))


def test_the_health_page_says_so_too(
    admin: people.User, code: str, sequence: Callable[[], int], client_of: Callable[..., Client], place: Path
) -> None:
    del code
    sequence()
    (place / "log.key").chmod(0o644)
    told = _text(client_of(admin).get("/settings/health/"))
    assert "chmod 600" in told
    assert "与数据在同一块磁盘" in told
