"""The log verified and written into files on screen."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from django.db import connection
from django.test import Client

from kehuma.apps.access import services as people
from kehuma.apps.audit import queries, working
from kehuma.apps.audit.models import Work
from kehuma.lib import clock
from kehuma.web.log import works

TOOL = Path(__file__).resolve().parents[3] / "tools" / "verify.py"


def _text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def _content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_verifying_says_that_the_log_holds(auditor: Client, code: str, sequence: Callable[[], int]) -> None:
    del code
    sequence()
    told = _text(auditor.post("/audit/verify/", follow=True))
    assert "日志成立，没有改动" in told
    assert "赵审计" in told[told.index("<main") :]
    assert "成立" in _text(auditor.get("/audit/verify/"))
    assert queries.events(kind="log.verified")[0].detail["faults"] == 0


def test_a_changed_row_is_found_and_named(auditor: Client, code: str, sequence: Callable[[], int]) -> None:
    sequence()
    with connection.cursor() as cursor:
        on = " ON audit_event" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER audit_event_no_update{on}")
        cursor.execute("UPDATE audit_event SET actor = 'nobody' WHERE kind = 'codes.issued' AND subject = %s", [code])
        cursor.execute(
            "SELECT l.id FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id WHERE e.kind = 'codes.issued'"
        )
        index = cursor.fetchone()[0]
    told = _text(auditor.post("/audit/verify/", follow=True))
    assert "日志不成立" in told
    assert f"第 {index} 号条目：事件内容被改动" in told
    assert f'href="/audit/entries/{index}/"' in told
    assert queries.events(kind="log.verified")[0].detail["first"] == index


def test_the_list_goes_into_a_table_with_its_conditions(auditor: Client, code: str) -> None:
    told = auditor.post("/audit/export/", {"kind": "table", "query": "kind=codes.issued"}, follow=True)
    assert "文件已写好" in _text(told)
    answer = auditor.get(f"{told.redirect_chain[0][0]}file/")
    rows = _content(answer).decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert "发出编码" in rows[1]
    assert code in rows[1]
    assert queries.events(kind="log.exported")[0].detail == {"rows": 1, "kind": "table"}


@pytest.mark.parametrize(
    ("asked", "count"),
    [pytest.param("欧阳晓丰", 0, id="somebody's name"), pytest.param("{code}", 1, id="a code")],
)
def test_what_was_looked_for_in_the_log_is_not_kept_with_its_file(
    auditor: Client, code: str, settings: Any, asked: str, count: int
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    query = urlencode({"code": asked.format(code=code), "kind": "codes.issued", "q": "欧阳晓丰", "column": "what"})
    auditor.post("/audit/export/", {"kind": "table", "query": query})
    row = Work.objects.get()
    assert "欧阳晓丰" not in unquote(row.query)
    works.write_log.call(str(row.uuid))
    row.refresh_from_db()
    assert (row.state, row.query, row.result["rows"]) == ("done", "", count)


def test_the_whole_log_leaves_as_files_that_are_verified_without_kehuma(
    auditor: Client, code: str, sequence: Callable[[], int], tmp_path: Path
) -> None:
    sequence()
    told = auditor.post("/audit/export/", {"kind": "files"}, follow=True)
    answer = auditor.get(f"{told.redirect_chain[0][0]}file/")
    with zipfile.ZipFile(io.BytesIO(_content(answer))) as archive:
        assert sorted(archive.namelist()) == ["checkpoint", "key", "log.jsonl", "witness"]
        archive.extractall(tmp_path / "out")
    out = tmp_path / "out"
    assert code not in (out / "log.jsonl").read_text("utf-8")
    words = ["log", out / "log.jsonl", "--checkpoint", out / "checkpoint", "--witness", out / "witness"]
    command = [sys.executable, str(TOOL), *map(str, words), "--key", (out / "key").read_text("utf-8").strip()]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_file_is_for_who_asked_for_it(
    auditor: Client, code: str, admin: people.User, client_of: Callable[..., Client]
) -> None:
    del code
    told = auditor.post("/audit/export/", {"kind": "table"}, follow=True)
    assert client_of(admin).get(f"{told.redirect_chain[0][0]}file/").status_code == 404


def test_work_is_stopped_when_somebody_says_so(
    auditor: Client, code: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    del code
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    address = auditor.post("/audit/verify/")["Location"]
    assert "正在校验日志" in _text(auditor.get(address))
    assert auditor.post(f"{address}cancel/").status_code == 302
    assert "已停止" in _text(auditor.get(address))
    monkeypatch.setattr(working, "_TOLD_EVERY", 0.0)
    Work.objects.update(state="running", is_cancelled=True)
    row = Work.objects.get()

    def do(_row: object, report: Callable[[float], object]) -> dict[str, Any]:
        report(0.5)
        return {}

    working.perform(row.uuid, do, now=clock.now)
    assert Work.objects.get().state == "stopped"
