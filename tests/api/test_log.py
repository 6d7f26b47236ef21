"""The log for programs: certificates, checkpoints, entries, and that it only grew."""

import base64
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from kehuma.apps.audit import sequencing, services
from kehuma.apps.audit.keyring import recalled
from kehuma.engine.merkle.checkpoints import believed
from kehuma.engine.merkle.proofs import check_consistency
from kehuma.engine.merkle.tree import leaf_hash
from kehuma.lib import clock, keys

TOOL = Path(__file__).resolve().parents[2] / "tools" / "verify.py"
ORDER = {"scheme": "region-industry", "facts": {"region": "北京", "industry": "信息技术"}}


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder of its own: the log has its keys there."""
    settings.KEHUMA_HOME = tmp_path
    keys.installation_key(tmp_path)
    monkeypatch.setattr(sequencing, "_IS_NEW", [True])
    connection.kehuma_fence = None  # type: ignore[attr-defined]


@pytest.fixture
def sequence() -> Callable[[], int]:
    """The sequencer, as the worker calls it; how many entries the log has."""
    return lambda: services.sequence(clock.now(), keeps_checkpoint=True).size


def test_a_certificate_is_pending_until_its_event_is_in_the_log(
    program: Any, sequence: Callable[[], int], tmp_path: Path
) -> None:
    sequence()
    code = program.post("/codes", ORDER).json["code"]
    pending = program.get(f"/codes/{code}/proof")
    assert (pending.status, pending.json["type"]) == (409, "urn:kehuma:problem:pending")
    assert pending.headers["Retry-After"] == "1"
    sequence()
    answer = program.get(f"/codes/{code}/proof")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    told = program.get(f"/codes/{code}/proof?form=json").json
    assert told["certificate"] == answer.content.decode()
    assert (told["code"], told["opening"]["value"]) == (code, code)
    proof = tmp_path / "code.tlog-proof"
    proof.write_bytes(answer.content)
    command = [sys.executable, str(TOOL), "certificate", str(proof), "--key", told["key"]]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_no_code_no_certificate(program: Any, sequence: Callable[[], int]) -> None:
    sequence()
    assert program.get("/codes/BJ-IT-9999/proof").status == 404
    assert program.get("/codes/BJ-IT-9999/proof?form=xml").status == 422


def test_the_newest_checkpoint_is_a_signed_note(program: Any, sequence: Callable[[], int]) -> None:
    assert program.get("/log/checkpoint").status == 404
    size = sequence()
    ring = recalled()
    assert ring
    answer = program.get("/log/checkpoint")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert believed(answer.content.decode(), ring.trust).checkpoint.size == size


def test_entries_are_read_page_by_page_and_by_right(
    program: Any, sequence: Callable[[], int], of_person: Callable[..., Any]
) -> None:
    program.post("/codes", ORDER)
    size = sequence()
    found, last = [], -1
    while last is not None:
        page = program.get(f"/log/entries?after={last}&limit=1").json
        found += page["items"]
        last = page["next"]
    assert [one["index"] for one in found] == list(range(size))
    for one in found:
        assert base64.b64decode(one["leaf"]) == leaf_hash(base64.b64decode(one["entry"]))
    assert program.get(f"/log/entries?after={size + 5}").json == {"items": [], "next": None}
    assert program.get("/log/entries?after=-2").status == 422
    assert of_person("小王", "xiaowang", "member", "华东组").get("/log/entries").status == 403


def test_whoever_kept_a_checkpoint_sees_that_the_log_only_grew(program: Any, sequence: Callable[[], int]) -> None:
    old = sequence()
    for number in range(5):
        program.post("/codes", ORDER, **{"Idempotency-Key": str(number)})
    new = sequence()
    for first in range(new + 1):
        told = program.get(f"/log/consistency?old={first}&new={new}").json
        roots = [base64.b64decode(told[name]) for name in ("old_root", "new_root")]
        check_consistency(first, roots[0], new, roots[1], [base64.b64decode(one) for one in told["proof"]])
    assert old < new
    assert program.get(f"/log/consistency?old=0&new={new + 1}").status == 422
    assert program.get(f"/log/consistency?old={new}&new={old}").status == 422
    assert program.get("/log/consistency?old=0").status == 422


def test_without_the_key_of_the_log_nothing_is_certified(
    program: Any, sequence: Callable[[], int], tmp_path: Path
) -> None:
    code = program.post("/codes", ORDER).json["code"]
    sequence()
    (tmp_path / "log.key").unlink()
    assert program.get(f"/codes/{code}/proof").status == 503


def test_figures_tell_of_the_log_the_tasks_and_the_seal(program: Any, sequence: Callable[[], int]) -> None:
    size = sequence()
    program.post("/codes", ORDER)
    told = program.get("/metrics").content.decode()
    for line in (
        f"kehuma_log_entries {size}",
        "kehuma_log_waiting 1",
        "kehuma_issuing_refused 0",
        "kehuma_tasks_waiting 0",
        "kehuma_sealed 0",
    ):
        assert f"{line}\n" in told, line
    assert "\nkehuma_log_lag_seconds 0." in told
    assert "\nkehuma_codes_issued_total " in told
