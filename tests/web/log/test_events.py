"""The log as a list, and one event of it."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kehuma.apps.access import queries as access
from kehuma.apps.access import services as people
from kehuma.apps.audit import queries, services
from kehuma.apps.audit.keyring import recalled
from kehuma.apps.codes import services as codes
from kehuma.apps.customers import services as customers
from kehuma.lib import clock
from kehuma.lib.viewer import system
from kehuma.web.log import kinds

TOOL = Path(__file__).resolve().parents[3] / "tools" / "verify.py"
SOURCE = Path(__file__).resolve().parents[3] / "src" / "kehuma"
RECORDED = re.compile(
    r"(?:record|record_alone|record_rows|_testify)\(\s*\"((?:codes|customers|interactions|intake|access|sealing|connectors|store|log)\.[a-z-]+)\""
)


def _text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def _uuid(kind: str) -> str:
    return str(next(one.uuid for one in queries.events() if one.kind == kind))


def test_the_log_says_in_words_who_did_what_to_which_code(
    auditor: Client, code: str, sequence: Callable[[], int]
) -> None:
    told = _text(auditor.get("/audit/"))
    assert "发出编码" in told
    assert "林静怡" in told
    assert f">{code}<" in told
    assert "待入日志" in told
    assert "codes.issued" not in re.sub(r'(?:href|value)="[^"]*"', "", told)
    sequence()
    assert "已入日志" in _text(auditor.get("/audit/"))


def test_the_log_speaks_english(auditor: Client, code: str) -> None:
    auditor.cookies["kehuma_language"] = "en"
    auditor.post("/language/", {"language": "en"})
    told = _text(auditor.get("/audit/"))
    assert "Code issued" in told
    assert code in told


def test_whoever_may_not_see_the_log_is_refused(wang: people.User, client_of: Callable[..., Client]) -> None:
    for address in ("/audit/", "/audit/verify/", "/audit/checkpoint/", "/audit/sign-offs/"):
        assert client_of(wang).get(address).status_code == 403


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("kind=codes.issued", "发出编码", "发布编码规则"),
        ("code={code}", "发出编码", "发布编码规则"),
        ("code=nothing", "没有符合条件的记录", "发出编码"),
        ("who=nobody", "发出编码", "没有符合条件的记录"),
        ("who={admin}", "发出编码", "没有符合条件的记录"),
        ("since=2020-01-01&until=2020-12-31", "没有符合条件的记录", "发出编码"),
        ("since=2020-01-01", "发出编码", "没有符合条件的记录"),
        ("waiting=on", "发出编码", "没有符合条件的记录"),
    ],
)
def test_the_log_is_filtered_by_person_kind_code_and_day(  # noqa: PLR0917 - a row and who looks
    auditor: Client, admin: people.User, code: str, query: str, there: str, gone: str
) -> None:
    told = _text(auditor.get("/audit/?" + query.format(code=code, admin=admin.uuid)))
    rows = told[told.index('id="events"') :]
    rows = rows[rows.index("<table") :] if "<table" in rows else rows[rows.rindex('class="empty"') :]
    assert there in rows
    assert gone not in rows


def test_a_code_of_a_file_is_found_by_the_event_of_the_file(auditor: Client, admin: people.User, code: str) -> None:
    orders = [(str(number), ("上海", "信息技术")) for number in range(3)]
    names = ["region", "industry"]
    made = codes.issue_many("region-industry", names, orders, source="a", actor=str(admin.uuid), at=clock.now())
    told = _text(auditor.get(f"/audit/?code={made[1].code}"))
    assert "3 项" in told
    assert "3 项" not in _text(auditor.get(f"/audit/?code={code}"))


def test_a_customer_is_found_by_what_was_done_to_many_at_once(auditor: Client, admin: people.User, code: str) -> None:  # noqa: ARG001 - the rule must be there
    boss = access.viewer_of(admin)
    asked = {"kind": "enterprise", "name": "", "region": "北京", "industry": "信息技术"}
    made = [
        customers.create(boss, {**asked, "name": name}, scheme="region-industry", request_key=name, at=clock.now()).code
        for name in ("恒通", "华远", "金泰")
    ]
    customers.bulk_edit(boss, made[:2], {"source": "展会"}, at=clock.now())
    customers.delete(boss, made[:2], at=clock.now())
    for each in made[:2]:
        told = _text(auditor.get(f"/audit/?code={each}"))
        told = told[told.index("<table") :]
        assert "删除客户" in told
        assert "批量修改客户" in told
    other = _text(auditor.get(f"/audit/?code={made[2]}"))
    other = other[other.index("<table") :]
    assert "建立客户档案" in other
    assert "删除客户" not in other
    assert "批量修改客户" not in other


def test_words_about_a_customer_are_shown_to_who_may_read_them(
    auditor: Client, admin: people.User, client_of: Callable[[people.User], Client], code: str
) -> None:
    boss = access.viewer_of(admin)
    asked = {"kind": "enterprise", "name": "恒通", "region": "北京", "industry": "信息技术", "mobile": "13800001234"}
    made = customers.create(boss, asked, scheme="region-industry", request_key="h", at=clock.now()).code
    customers.reveal(boss, made, "mobile", reason="孙莉的退款没有到账", at=clock.now())
    address = f"/audit/events/{_uuid('customers.revealed')}/"
    assert "孙莉的退款没有到账" in _text(client_of(admin).get(address))
    told = _text(auditor.get(address))
    assert "自己写的原因" in told
    assert "孙莉" not in told
    assert code != made


def test_an_event_shows_its_facts_its_place_and_its_certificate(
    auditor: Client, code: str, sequence: Callable[[], int], tmp_path: Path
) -> None:
    address = f"/audit/events/{_uuid('codes.issued')}/"
    assert "约一秒后进入日志" in _text(auditor.get(address))
    assert auditor.get(f"{address}certificate/").status_code == 404
    size = sequence()
    told = _text(auditor.get(address))
    assert code in told
    assert f"日志现有 {size} 条" in told
    assert "{" not in re.sub(r"<(script|style).*?</\1>", "", told[told.index("<main") :], flags=re.DOTALL)
    proof = tmp_path / "entry.tlog-proof"
    proof.write_bytes(auditor.get(f"{address}certificate/").content)
    assert code in auditor.get(f"{address}opening/").content.decode()
    ring = recalled()
    assert ring
    command = [sys.executable, str(TOOL), "certificate", str(proof), "--key", str(ring.verifier)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_every_entry_can_be_reached_by_its_number(auditor: Client, code: str, sequence: Callable[[], int]) -> None:
    del code
    for index in range(sequence()):
        assert auditor.get(f"/audit/entries/{index}/").status_code == 302
    assert auditor.get("/audit/entries/99999/").status_code == 404
    assert auditor.get("/audit/entries/99999999999999999999/").status_code == 404


def test_a_code_leads_to_its_certificate_to_print_and_to_verify(
    auditor: Client, code: str, sequence: Callable[[], int], tmp_path: Path
) -> None:
    assert f"/certificates/{code}/" in _text(auditor.get(f"/codes/{code}/"))
    assert "约一秒后进入日志" in _text(auditor.get(f"/certificates/{code}/"))
    assert auditor.get(f"/certificate-file/{code}/").status_code == 404
    sequence()
    told = _text(auditor.get(f"/certificates/{code}/"))
    assert 'class="qr"' in told
    assert "c2sp.org/tlog-proof@v1" in told
    proof, opening = tmp_path / "code.tlog-proof", tmp_path / "code.tlog-proof.opening.json"
    answer = auditor.get(f"/certificate-file/{code}/")
    assert f"{code}.tlog-proof" in answer["Content-Disposition"]
    proof.write_bytes(answer.content)
    opening.write_bytes(auditor.get(f"/certificate-opening/{code}/").content)
    assert code in opening.read_text("utf-8")
    ring = recalled()
    assert ring
    command = [sys.executable, str(TOOL), "certificate", str(proof), "--key", str(ring.verifier)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    assert auditor.get("/certificates/nothing/").status_code == 404


def test_every_kind_that_is_recorded_has_words() -> None:
    recorded = {kind for file in SOURCE.rglob("*.py") for kind in RECORDED.findall(file.read_text("utf-8"))}
    assert len(recorded) > 40
    assert sorted(recorded - set(kinds.KINDS)) == []


def test_an_event_that_this_version_does_not_know_is_still_shown(auditor: Client, admin: people.User) -> None:
    services.record_alone(
        "future.thing", "x", {"strange": [{"a": 1}], "customers": 2}, actor="cli:root", at=clock.now()
    )
    told = _text(auditor.get(f"/audit/events/{_uuid('future.thing')}/"))
    assert "其他操作" in told
    assert "命令行（root）" in told
    assert "strange" not in told
    assert queries.kinds(system("test"))
    del admin
