"""Certificates: of a code that was issued alone, and of one of the ten thousand of a file."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from kehuma.apps.audit import exporting, members, proving, services, tree, verifying
from kehuma.apps.audit.entries import parsed
from kehuma.apps.audit.errors import LogError, NotCertifiedError
from kehuma.apps.audit.keyring import keyring
from kehuma.apps.audit.models import Extent, Leaf
from kehuma.apps.codes import services as codes
from kehuma.engine.merkle.tree import Frontier

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
CODES = "codes_code.identity"
TOOL = Path(__file__).parents[3] / "tools" / "verify.py"
SCHEME = """
kehuma = 1
name = "visitor"
template = "V-{serial:4}"
"""
pytestmark = pytest.mark.django_db


def certificate(name: str) -> proving.Certificate:
    return proving.certificate(name, relation=CODES, kinds=["codes.issued"], at=NOON)


@pytest.fixture
def file(place: Path) -> Callable[..., list[str]]:
    """Codes of one file, 7 rows to a chunk, each chunk with its event."""
    del place

    def issue(source: str, chunks: int) -> list[str]:
        codes.publish(SCHEME, actor="小王", at=NOON)
        given: list[str] = []
        for chunk in range(chunks):
            with transaction.atomic():
                after = services.highest(CODES)
                orders = [(f"{chunk} {row}", ()) for row in range(7)]
                done = codes.Batch("visitor", [], source=source, actor="小王", at=NOON).issue(orders)
                names = [one.code for one in done if one.code]
                if not Extent.objects.filter(relation=CODES, last__gt=after).exists():
                    services.record_rows(
                        "codes.issued", "visitor", {"codes": 7}, relation=CODES, after=after, names=names,
                        actor="小王", at=NOON,
                    )  # fmt: skip
            given += names
        return given

    return issue


@pytest.mark.parametrize("number", range(1, 40))
def test_the_tree_of_members_is_that_of_the_log(number: int) -> None:
    hashes = [bytes([index]) * 32 for index in range(number)]
    assert members.members_of(hashes).root == Frontier().extended(hashes)[0].root


def test_a_code_has_a_certificate_that_says_what_it_is(
    happen: Callable[..., None], sequence: Callable[..., Any]
) -> None:
    happen("BJ-1", "BJ-2", "BJ-3")
    with pytest.raises(NotCertifiedError) as refused:
        certificate("BJ-2")
    assert refused.value.message == "pending"
    sequence()
    made = certificate("BJ-2")
    assert (made.index, made.size, made.kind) == (1, 3, "codes.issued")
    found = proving.checked(made.text, made.opening, keyring(NOON).trust)
    assert (found.value, found.entry["kind"], found.certified.index) == ("BJ-2", "codes.issued", 1)
    assert "BJ-2" not in made.text
    assert b"BJ-2" not in base64.b64decode(made.text.split("\n")[1].removeprefix("extra "))
    with pytest.raises(NotCertifiedError, match="BJ-9"):
        certificate("BJ-9")


def test_each_code_of_a_file_has_its_own(file: Callable[..., list[str]], sequence: Callable[..., Any]) -> None:
    given = file("list", 3)
    sequence()
    assert len(given) == 21
    trust = keyring(NOON).trust
    for code in given:
        made = certificate(code)
        assert proving.checked(made.text, made.opening, trust).value == code
    first, other = certificate(given[0]), certificate(given[8])
    for text, opening in ((first.text, other.opening), (first.text, {**first.opening, "value": given[1]})):
        with pytest.raises(LogError):
            proving.checked(text, opening, trust)
    assert verifying.verify().faults == []
    assert parsed(proving.checked(first.text, None, trust).certified.entry)["members"]["count"] == 7


@pytest.mark.parametrize(
    "change",
    [
        {"value": "BJ-2"},
        {"salt": "00" * 16},
        {"salt": "xy"},
        {"event": "00" * 16},
        {"field": "actor"},
        {"field": "nothing"},
        {"format": "other"},
        {"value": None},
    ],
    ids=str,
)
def test_an_opening_that_was_changed_opens_nothing(
    happen: Callable[..., None], sequence: Callable[..., Any], change: Mapping[str, Any]
) -> None:
    happen("BJ-1")
    sequence()
    made = certificate("BJ-1")
    with pytest.raises(LogError):
        proving.checked(made.text, {**made.opening, **change}, keyring(NOON).trust)


def test_no_certificate_comes_out_of_a_tree_that_was_changed(
    happen: Callable[..., None], sequence: Callable[..., Any]
) -> None:
    happen("BJ-1", "BJ-2")
    sequence()
    with connection.cursor() as cursor:
        on = " ON audit_node" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER audit_node_no_update{on}")
        cursor.execute("UPDATE audit_node SET hash = %s WHERE id = 1", [bytes(32)])
    with pytest.raises(LogError):
        certificate("BJ-1")


def test_rows_of_others_among_ours_are_not_ours(file: Callable[..., list[str]]) -> None:
    given = file("list", 1)
    runs = members._runs(members.ids(CODES, 0, [*given[:2], *given[4:]]))
    (start,) = {first for first, _ in runs[:1]}
    assert [(first - start, last - start) for first, last in runs] == [(0, 1), (4, 6)]
    extents = [(CODES, first, last) for first, last in runs]
    assert list(members.names_of(extents)) == [*given[:2], *given[4:]]
    assert [members.place_of(extents, start + row) for row in (0, 1, 4, 6)] == [0, 1, 2, 4]


def test_an_auditor_verifies_without_kehuma(
    file: Callable[..., list[str]], happen: Callable[..., None], sequence: Callable[..., Any], tmp_path: Path
) -> None:
    file("list", 1)
    happen("BJ-1")
    sequence()
    out = exporting.export(NOON)
    log, note, proof = tmp_path / "log.jsonl", tmp_path / "checkpoint", tmp_path / "BJ-1.tlog-proof"
    log.write_text("".join(out.lines), "utf-8")
    note.write_text(out.note, "utf-8")
    proof.write_text(certificate("BJ-1").text, "utf-8")
    for words in (["log", log, "--checkpoint", note], ["certificate", proof]):
        command = [sys.executable, str(TOOL), *map(str, words), "--key", out.key]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(log.read_text("utf-8").splitlines()[-1])["index"] == Leaf.objects.count() - 1
    assert tree.size() == Leaf.objects.count()
