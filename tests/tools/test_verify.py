"""The verifier of one file: it believes what kehuma proves, and nothing that was changed."""

import importlib.util
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kehuma.engine.merkle.certificates import Proof, verified
from kehuma.engine.merkle.checkpoints import Checkpoint, Trust
from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.exports import export_line
from kehuma.engine.merkle.keys import Kind, VerifierKey
from kehuma.engine.merkle.notes import Note
from kehuma.engine.merkle.proofs import inclusion_proof
from kehuma.engine.merkle.tree import Frontier, leaf_hash

TOOL = Path(__file__).resolve().parents[2] / "tools" / "verify.py"
LOG, WITNESS = "kehuma.example/log", "witness.example/1"
SIZE = 37
ENTRIES = tuple(f'{{"event":"issued","at":{number}}}'.encode() for number in range(SIZE))
LOG_KEY, WITNESS_KEY = (Ed25519PrivateKey.from_private_bytes(letter * 32) for letter in (b"l", b"w"))
VERIFIER = VerifierKey.of(LOG, Kind.NOTE, LOG_KEY)
WITNESSING = VerifierKey.of(WITNESS, Kind.COSIGNATURE, WITNESS_KEY)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    found = importlib.util.spec_from_file_location("verify", TOOL)
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


class Said(NamedTuple):
    code: int
    text: str


Ask = Callable[..., Said]


@pytest.fixture
def ask(tool: ModuleType, capsys: pytest.CaptureFixture[str]) -> Ask:
    def run(*words: str | Path) -> Said:
        code = tool.main([*map(str, words), "--lang", "en"])
        told = capsys.readouterr()
        return Said(code, told.out + told.err)

    return run


def root(size: int, entries: tuple[bytes, ...] = ENTRIES) -> bytes:
    return Frontier().extended(map(leaf_hash, entries[:size]))[0].root


def checkpoint(size: int, entries: tuple[bytes, ...] = ENTRIES) -> Note:
    return Checkpoint(LOG, size, root(size, entries)).note.signed(LOG, LOG_KEY)


def certificate(index: int, note: Note) -> str:
    nodes = {(level, place): done for level, place, done in Frontier().extended(map(leaf_hash, ENTRIES))[1]}
    return str(Proof(index, inclusion_proof(index, SIZE, lambda *at: nodes[at]), note, extra=ENTRIES[index]))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """An exported log, its checkpoint and an older one, witnessed."""
    (tmp_path / "log.jsonl").write_text("".join(map(export_line, range(SIZE), ENTRIES)), "utf-8", newline="\n")
    (tmp_path / "checkpoint").write_text(str(checkpoint(SIZE)), "utf-8", newline="\n")
    older = checkpoint(20).cosigned(WITNESS, WITNESS_KEY, at=1_790_000_000)
    (tmp_path / "witness").write_text(str(older), "utf-8", newline="\n")
    return tmp_path


def words(files: Path) -> tuple[str | Path, ...]:
    return ("log", files / "log.jsonl", "--checkpoint", files / "checkpoint", "--key", str(VERIFIER))


def lines(files: Path) -> list[str]:
    return (files / "log.jsonl").read_text("utf-8").splitlines(keepends=True)


def rewrite(files: Path, changed: list[str]) -> None:
    (files / "log.jsonl").write_text("".join(changed), "utf-8", newline="\n")


def test_an_honest_log_holds(ask: Ask, files: Path) -> None:
    found = ask(*words(files), "--witness", files / "witness", "--witness-key", str(WITNESSING), "--quorum", "1")
    assert found.code == 0
    assert f"the log holds: {LOG}, 37 entries" in found.text
    assert "witness: witness.example/1, 2026-09-21T" in found.text
    assert ask(*words(files)).code == 0


def test_an_empty_log_holds(ask: Ask, files: Path) -> None:
    rewrite(files, [])
    (files / "checkpoint").write_text(str(checkpoint(0)), "utf-8", newline="\n")
    assert ask(*words(files)).code == 0


def _change(rows: list[str], index: int) -> None:
    row = json.loads(rows[index])
    rows[index] = json.dumps({**row, "entry": "aXNzdWVk"}) + "\n"


def _forge(rows: list[str], index: int) -> None:
    rows[index] = export_line(index, b"issued to somebody else")


def _delete(rows: list[str], index: int) -> None:
    del rows[index]


def _repeat(rows: list[str], index: int) -> None:
    rows.insert(index, rows[index])


def _swap(rows: list[str], index: int) -> None:
    rows[index], rows[index - 1] = rows[index - 1], rows[index]


def _break(rows: list[str], index: int) -> None:
    rows[index] = rows[index][:-5] + "\n"


@pytest.mark.parametrize(
    ("tamper", "shift", "reason"),
    [
        pytest.param(_change, 0, "does not fit its leaf hash", id="entry changed"),
        pytest.param(_delete, 0, "", id="entry deleted"),
        pytest.param(_repeat, 1, "", id="entry repeated"),
        pytest.param(_break, 0, "the line is not as it should be", id="line broken"),
    ],
)
def test_the_first_bad_index_is_named_at_each_leaf(
    ask: Ask, files: Path, tamper: Callable[[list[str], int], None], shift: int, reason: str
) -> None:
    honest = lines(files)
    for index in range(SIZE):
        rows = honest.copy()
        tamper(rows, index)
        rewrite(files, rows)
        found = ask(*words(files))
        assert found.code == 1
        assert f"entry {index + shift}:" in found.text
        assert reason in found.text


def test_swapped_entries_are_named(ask: Ask, files: Path) -> None:
    honest = lines(files)
    for index in range(1, SIZE):
        rows = honest.copy()
        _swap(rows, index)
        rewrite(files, rows)
        found = ask(*words(files))
        assert (found.code, f"entry {index - 1}: number {index} stands here" in found.text) == (1, True)


def test_an_entry_forged_with_its_leaf_hash_lies_between_two_checkpoints(ask: Ask, files: Path) -> None:
    honest = lines(files)
    for index in range(SIZE):
        rows = honest.copy()
        _forge(rows, index)
        rewrite(files, rows)
        found = ask(*words(files), "--witness", files / "witness")
        first, last = (0, 19) if index < 20 else (20, 36)
        assert (found.code, f"entry {first} or one up to {last} was changed" in found.text) == (1, True)


def test_a_log_that_was_put_back_is_found_by_its_witness(ask: Ask, files: Path) -> None:
    rewrite(files, lines(files)[:12])
    (files / "checkpoint").write_text(str(checkpoint(12)), "utf-8", newline="\n")
    assert ask(*words(files)).code == 0
    found = ask(*words(files), "--witness", files / "witness")
    assert (found.code, "entry 12: taken back, the witness file has seen 20 entries" in found.text) == (1, True)


def test_a_log_rewritten_and_signed_anew_is_found_by_its_witness(ask: Ask, files: Path) -> None:
    other = (*ENTRIES[:5], b"another history", *ENTRIES[6:])
    rewrite(files, list(map(export_line, range(SIZE), other)))
    (files / "checkpoint").write_text(str(checkpoint(SIZE, other)), "utf-8", newline="\n")
    assert ask(*words(files)).code == 0
    found = ask(*words(files), "--witness", files / "witness")
    assert (found.code, "entry 0 or one up to 19 was changed" in found.text) == (1, True)


@pytest.mark.parametrize(("size", "said"), [(30, "entry 30: missing"), (40, "entry 37: not covered")])
def test_a_log_shorter_or_longer_than_its_checkpoint_is_refused(ask: Ask, files: Path, size: int, said: str) -> None:
    rows = [*lines(files), *(export_line(number, b"more") for number in range(SIZE, 40))]
    rewrite(files, rows[:size])
    found = ask(*words(files))
    assert (found.code, said in found.text) == (1, True)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("\n", id="empty"),
        pytest.param("[]\n", id="a list"),
        pytest.param('[["index", 0], ["entry", ""], ["leaf", ""]]\n', id="a list of pairs"),
        pytest.param("[" * 50_000 + "\n", id="nested deeply"),
        pytest.param('{"index": 0, "entry": "", "leaf": "", "leaf": ""}\n', id="a field twice"),
        pytest.param('{"index": 0, "entry": ""}\n', id="a field less"),
        pytest.param('{"index": true, "entry": "", "leaf": ""}\n', id="an index that is none"),
        pytest.param('{"index": 0, "entry": 5, "leaf": ""}\n', id="an entry that is none"),
        pytest.param('{"index": 0, "entry": "é", "leaf": ""}\n', id="an entry that is no base64"),
        pytest.param("x" * 300_000, id="endless"),
        pytest.param('{"index": ' + "9" * 5_000 + ', "entry": "", "leaf": ""}\n', id="an endless number"),
    ],
)
def test_a_line_of_another_form_is_named(ask: Ask, files: Path, row: str) -> None:
    rewrite(files, [row, *lines(files)[1:]])
    found = ask(*words(files))
    assert (found.code, "entry 0: the line is not as it should be" in found.text) == (1, True)


@pytest.fixture
def witnessed(tmp_path: Path) -> Path:
    note = checkpoint(SIZE).cosigned(WITNESS, WITNESS_KEY, at=1_790_000_000)
    path = tmp_path / "code.tlog-proof"
    path.write_text(certificate(11, note), "utf-8", newline="\n")
    return path


def test_an_honest_certificate_holds(ask: Ask, witnessed: Path) -> None:
    found = ask("certificate", witnessed, "--key", str(VERIFIER), "--witness-key", str(WITNESSING), "--quorum", "1")
    assert found.code == 0
    assert f"entry 11 of the log {LOG} (37 entries)" in found.text
    assert 'entry: {"event":"issued","at":11}' in found.text


def test_keys_may_stand_in_a_file(ask: Ask, witnessed: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{VERIFIER}\n\n", "utf-8")
    assert ask("certificate", witnessed, "--key", keys).code == 0


def test_the_entry_may_be_given_apart(ask: Ask, witnessed: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    kept = [line for line in witnessed.read_text("utf-8").splitlines(keepends=True) if not line.startswith("extra ")]
    bare.write_text("".join(kept), "utf-8", newline="\n")
    entry = tmp_path / "entry"
    for data, code in ((ENTRIES[11], 0), (ENTRIES[12], 1), (bytes(65_536), 1), (bytes(800_000), 1)):
        entry.write_bytes(data)
        assert ask("certificate", bare, "--key", str(VERIFIER), "--entry", entry).code == code
    assert ask("certificate", bare, "--key", str(VERIFIER)).code == 2


def test_it_judges_forged_certificates_as_the_engine_does(witnessed: Path, ask: Ask) -> None:
    """Two programs that share no line agree on every forgery, and believe none."""
    honest = witnessed.read_text("utf-8")
    trust = Trust((VERIFIER,), (WITNESSING,), quorum=1)
    chance = random.Random(6962)  # noqa: S311 - a fixed series
    for _ in range(250):
        place = chance.randrange(len(honest))
        other = chance.choice([chr(ord(honest[place]) ^ 1), "", honest[place] * 2, "A", "\n"])
        forged = honest[:place] + other + honest[place + 1 :]
        if forged == honest:
            continue
        witnessed.write_text(forged, "utf-8", newline="\n")
        with pytest.raises(MerkleError):
            verified(forged, trust)
        found = ask("certificate", witnessed, "--key", str(VERIFIER), "--witness-key", str(WITNESSING), "--quorum", "1")
        assert found.code == 1


def test_a_path_of_another_length_or_place_is_refused(ask: Ask, witnessed: Path) -> None:
    honest = witnessed.read_text("utf-8")
    first = honest.split("\n")[3] + "\n"
    for old, new in ((first, ""), (first, first * 2), ("index 11", "index 36"), ("index 11", "index 37")):
        witnessed.write_text(honest.replace(old, new, 1), "utf-8", newline="\n")
        found = ask("certificate", witnessed, "--key", str(VERIFIER))
        assert (found.code, "the proof fails" in found.text) == (1, True)


def test_it_leads_every_path_to_the_root_of_the_engine(tool: ModuleType) -> None:
    leaves = [leaf_hash(entry) for entry in ENTRIES]
    nodes = {(level, number): done for level, number, done in Frontier().extended(leaves)[1]}
    for size in range(1, SIZE + 1):
        for index in range(size):
            path = inclusion_proof(index, size, lambda *place: nodes[place])
            assert tool.root_from(leaves[index], index, size, path) == root(size)
            assert tool.root_from(leaves[index], index, size, (*path, bytes(32))) is None
            assert tool.root_from(leaves[index], index, size, path[:-1]) is None or not path


OTHER = VerifierKey.of("kehuma.example/other", Kind.NOTE, WITNESS_KEY)


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        pytest.param(("--key", str(OTHER)), 2, "these keys cannot be", id="keys of two logs"),
        pytest.param(("--witness-key", str(VERIFIER)), 2, "these keys cannot be", id="a log as its own witness"),
        pytest.param(("--quorum", "1"), 2, "these keys cannot be", id="a quorum of nobody"),
        pytest.param(("--key", "x+00000000+AAAA"), 2, "not an Ed25519 public key", id="no key"),
        pytest.param(("--key", "no such file"), 2, "not an Ed25519 public key", id="no file of keys"),
        pytest.param(("--witness", "no such file"), 2, "cannot read", id="no witness file"),
        pytest.param(("--witness-key", str(WITNESSING), "--quorum", "1"), 1, "too few witnesses", id="no witness"),
    ],
)
def test_what_cannot_be_judged_is_2_and_what_is_not_proved_is_1(
    ask: Ask, files: Path, more: tuple[str, ...], code: int, said: str
) -> None:
    found = ask(*words(files), *more)
    assert (found.code, said in found.text) == (code, True)


@pytest.mark.parametrize(
    ("note", "said"),
    [
        pytest.param(
            str(Checkpoint(LOG, 1, bytes(32)).note.signed("a", WITNESS_KEY)), "not signed by the log", id="stranger"
        ),
        pytest.param(str(checkpoint(SIZE)).replace("log\n37", "log\n36"), "the signature of", id="another size"),
        pytest.param(
            str(Checkpoint("x", 1, bytes(32)).note.signed(LOG, LOG_KEY)), "of another log, x", id="another log"
        ),
        pytest.param(str(Note("x\n1\n").signed(LOG, LOG_KEY)), "not a signed checkpoint", id="no root"),
        pytest.param(
            str(Note(f"{LOG}\n0\n{'A' * 43}=\n").signed(LOG, LOG_KEY)), "not a signed checkpoint", id="a false nothing"
        ),
        pytest.param(str(Note(f"{LOG}\n01\n{'A' * 43}=\n").signed(LOG, LOG_KEY)), "not a signed checkpoint", id="01"),
        pytest.param(str(checkpoint(SIZE))[:-1], "not a signed checkpoint", id="cut"),
        pytest.param(str(checkpoint(SIZE)).replace("\n", "\r\n"), "not a signed checkpoint", id="lines of Windows"),
        pytest.param("\x00" + str(checkpoint(SIZE)), "not a signed checkpoint", id="a control character"),
        pytest.param(f"{checkpoint(SIZE)}x\n", "not a signed checkpoint", id="a line more"),
    ],
)
def test_a_checkpoint_that_is_none_is_refused(ask: Ask, files: Path, note: str, said: str) -> None:
    (files / "checkpoint").write_text(note, "utf-8", newline="\n")
    found = ask(*words(files))
    assert (found.code, said in found.text) == (1, True)


def test_a_log_that_is_not_there_cannot_be_judged(ask: Ask, files: Path) -> None:
    found = ask("log", files / "none", "--checkpoint", files / "checkpoint", "--key", str(VERIFIER))
    assert (found.code, "cannot read" in found.text) == (2, True)


def test_bytes_that_are_no_text_are_refused(ask: Ask, files: Path) -> None:
    (files / "checkpoint").write_bytes(b"\xff\xfe")
    assert ask(*words(files)).code == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("", 1, id="nothing"),
        pytest.param("c2sp.org/tlog-proof@v1\nextra ?\n\n", 2, id="no base64"),
        pytest.param("c2sp.org/tlog-proof@v1\n\n", 2, id="no index"),
        pytest.param("c2sp.org/tlog-proof@v1\nindex 01\n\n", 2, id="a leading zero"),
        pytest.param("c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\n", 3, id="no hash"),
    ],
)
def test_a_certificate_that_is_none_is_refused_at_its_line(ask: Ask, tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "file").write_text(text, "utf-8")
    found = ask("certificate", tmp_path / "file", "--key", str(VERIFIER))
    assert (found.code, f"line {line} is not" in found.text) == (1, True)


def test_it_needs_nothing_but_python_and_speaks_chinese(files: Path) -> None:
    """Isolated, without site-packages, from a folder where kehuma is not; errors of the file show no control signs."""
    for changed, code, said in ((False, 0, "日志成立"), (True, 1, "第 3 号条目：内容与其叶哈希不符")):
        if changed:
            rows = lines(files)
            _change(rows, 3)
            rewrite(files, rows)
        command = [sys.executable, "-I", "-S", "-X", "utf8", TOOL, *words(files)]
        ended = subprocess.run(command, cwd=files, env={}, capture_output=True, encoding="utf-8", check=False)
        assert (ended.returncode, ended.stderr) == (code, "")
        assert said in ended.stdout


def test_each_sentence_names_the_same_facts_in_both_languages(tool: ModuleType) -> None:
    for zh, en in tool.SAY.values():
        assert sorted(re.findall(r"\{(\w+)\}", zh)) == sorted(re.findall(r"\{(\w+)\}", en))


def test_an_entry_that_is_no_text_is_shown_in_base64_and_a_time_beyond_the_calendar_as_a_number(
    tool: ModuleType,
) -> None:
    assert tool._legible(b"\x00\x01") == "AAE="
    assert tool._clock(2**62) == str(2**62)
