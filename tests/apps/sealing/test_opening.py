"""How an installation opens, how it stays sealed, and that nothing begins anew."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from kehuma.apps.audit.models import Event
from kehuma.apps.sealing import beginning, opening, queries, services, sharing, sources
from kehuma.apps.sealing.errors import KeysError, StoreSealedError
from kehuma.apps.sealing.models import KeyVersion, Opener
from kehuma.engine.encryption.errors import KeyTextError, PassphraseError
from kehuma.engine.encryption.key_text import key_text

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ACTOR = "cli:test"
PASSPHRASE = "北风卷地白草折 hu tian"
PLACE = queries.Column("customers_customer", "sealed")
WANG = {"name": "王小明"}


@pytest.fixture
def record() -> tuple[int, bytes]:
    """A subject, and a value of it."""
    (subject,) = services.new_subjects(1)
    return subject.id, services.seal_row(subject.key, PLACE, WANG)


def _reads(record: tuple[int, bytes]) -> bool:
    subject, sealed = record
    return queries.open_row(queries.opened_one(subject), PLACE, sealed) == WANG


def _recovery_key() -> str:
    text = services.new_recovery_key(actor=ACTOR, at=NOON)
    services.confirm_recovery_key(text, actor=ACTOR, at=NOON)
    return text


def _kinds() -> list[str]:
    return list(Event.objects.filter(kind__startswith="sealing.").order_by("id").values_list("kind", flat=True))


def test_the_key_file_is_made_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "KEHUMA_ROOT_KEY", "")
    monkeypatch.setattr(settings, "KEHUMA_HOME", tmp_path)
    beginning.first(NOON)
    file = tmp_path / "keys" / "root.key"
    assert sources.file() == file
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    beginning.first(NOON)
    assert file.read_bytes() == before


def test_a_lost_key_seals_and_the_same_key_opens_again(record: tuple[int, bytes], folder: Path) -> None:
    (folder / "root.key").rename(folder / "elsewhere")
    opening.forget()
    sealed = queries.why_sealed()
    assert sealed is not None
    assert (sealed.message, "root.key" in sealed.say("en")) == ("key-missing", True)
    with pytest.raises(StoreSealedError):
        queries.opened([record[0]])
    with pytest.raises(StoreSealedError):
        services.new_subjects(1)
    with pytest.raises(StoreSealedError):
        queries.index("customers.mobile")
    assert not (folder / "root.key").exists()
    (folder / "elsewhere").rename(folder / "root.key")
    assert _reads(record)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(key_text(bytes([7]) * 32), "key-other", id="of another store"),
        pytest.param(key_text(bytes(32))[:-1] + "7", "key-unreadable", id="mistyped"),
        pytest.param("芝麻开门", "key-unreadable", id="no key at all"),
    ],
)
def test_a_wrong_key_seals_and_changes_nothing(folder: Path, text: str, message: str) -> None:
    (folder / "root.key").write_text(text)
    opening.forget()
    sealed = queries.why_sealed()
    assert sealed is not None
    assert sealed.message == message
    assert text not in sealed.say("zh") + sealed.say("en")
    assert (Opener.objects.count(), KeyVersion.objects.count()) == (1, 1)
    assert (folder / "root.key").read_text() == text


def test_the_recovery_key_alone_opens_a_copy_on_another_machine(record: tuple[int, bytes], folder: Path) -> None:
    text = _recovery_key()
    (folder / "root.key").unlink()
    opening.forget()
    assert not queries.is_open()
    services.recover(text.lower().replace("-", " "), actor=ACTOR, at=NOON)
    assert _reads(record)
    opening.forget()
    assert _reads(record)
    assert (folder / "root.key").exists()
    assert _kinds() == ["sealing.recovery-made", "sealing.recovery-kept", "sealing.recovered"]


def test_a_recovery_key_opens_what_was_rotated_after_it_was_shown(record: tuple[int, bytes], folder: Path) -> None:
    text = _recovery_key()
    services.rotate(actor=ACTOR, at=NOON)
    services.rewrap(actor=ACTOR, at=NOON)
    services.retire(1, actor=ACTOR, at=NOON)
    (folder / "root.key").unlink()
    opening.forget()
    services.recover(text, actor=ACTOR, at=NOON)
    assert _reads(record)


def test_a_recovery_key_counts_when_it_was_typed_back() -> None:
    assert queries.needs_recovery_key()
    text = services.new_recovery_key(actor=ACTOR, at=NOON)
    assert queries.needs_recovery_key()
    with pytest.raises(KeyTextError, match="group 2"):
        services.confirm_recovery_key(_mistyped(text), actor=ACTOR, at=NOON)
    with pytest.raises(KeysError) as other:
        services.confirm_recovery_key(key_text(bytes(32)), actor=ACTOR, at=NOON)
    assert other.value.message == "recovery-differs"
    services.confirm_recovery_key(text, actor=ACTOR, at=NOON)
    assert not queries.needs_recovery_key()
    assert queries.status().recovery_at == NOON


def test_the_recovery_key_before_opens_until_the_next_one_was_typed_back(folder: Path) -> None:
    first = _recovery_key()
    second = services.new_recovery_key(actor=ACTOR, at=NOON)
    (folder / "root.key").unlink()
    opening.forget()
    services.recover(first, actor=ACTOR, at=NOON)
    services.confirm_recovery_key(second, actor=ACTOR, at=NOON)
    with pytest.raises(KeysError) as ended:
        services.recover(first, actor=ACTOR, at=NOON)
    assert ended.value.message == "recovery-unknown"
    assert _kinds()[-1] == "sealing.refused"


@pytest.mark.usefixtures("quick_stretching")
def test_a_passphrase_takes_the_place_of_the_key_file(
    record: tuple[int, bytes], folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    _recovery_key()
    with django_capture_on_commit_callbacks(execute=True):
        services.set_passphrase(PASSPHRASE, actor=ACTOR, at=NOON)
    assert not (folder / "root.key").exists()
    opening.forget()
    sealed = queries.why_sealed()
    assert sealed is not None
    assert sealed.message == "passphrase-needed"
    with pytest.raises(StoreSealedError) as refused:
        services.unseal("falsch, falsch", actor=ACTOR, at=NOON)
    assert refused.value.message == "passphrase-wrong"
    services.unseal(PASSPHRASE, actor=ACTOR, at=NOON)
    assert _reads(record)
    assert _kinds()[-2:] == ["sealing.refused", "sealing.unsealed"]
    stored = "".join(str(row) for row in Event.objects.values_list("detail", "subject"))
    assert PASSPHRASE not in stored


@pytest.mark.usefixtures("quick_stretching")
def test_the_passphrase_may_stand_in_the_environment(
    record: tuple[int, bytes], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _recovery_key()
    services.set_passphrase(PASSPHRASE, actor=ACTOR, at=NOON)
    monkeypatch.setattr(settings, "KEHUMA_PASSPHRASE", "falsch, falsch")
    opening.forget()
    assert [getattr(queries.why_sealed(), "message", "") for _ in "12"] == ["passphrase-wrong"] * 2
    monkeypatch.setattr(settings, "KEHUMA_PASSPHRASE", PASSPHRASE)
    assert _reads(record)
    services.use_key_file(actor=ACTOR, at=NOON)
    monkeypatch.setattr(settings, "KEHUMA_PASSPHRASE", "")
    opening.forget()
    assert _reads(record)
    with pytest.raises(KeysError):
        services.use_key_file(actor=ACTOR, at=NOON)
    assert folder.exists()


@pytest.mark.usefixtures("quick_stretching", "folder")
def test_no_passphrase_without_a_recovery_key_and_none_that_is_short() -> None:
    with pytest.raises(KeysError) as refused:
        services.set_passphrase(PASSPHRASE, actor=ACTOR, at=NOON)
    assert refused.value.message == "recovery-first"
    _recovery_key()
    with pytest.raises(PassphraseError):
        services.set_passphrase("kurz", actor=ACTOR, at=NOON)
    with pytest.raises(KeysError) as none:
        services.unseal(PASSPHRASE, actor=ACTOR, at=NOON)
    assert none.value.message == "no-passphrase"


def test_a_key_of_the_environment_is_not_replaced_behind_its_back() -> None:
    _recovery_key()
    with pytest.raises(KeysError) as refused:
        services.set_passphrase(PASSPHRASE, actor=ACTOR, at=NOON)
    assert refused.value.message == "root-in-environment"


def test_processes_that_share_memory_are_opened_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_memory", None)
    monkeypatch.setattr(sharing, "_descriptor", None)
    if sharing.begin() is None:
        pytest.skip("this system has no memory of that kind")
    assert sharing.get() == b""
    assert queries.is_open()
    child = os.fork()
    if not child:
        os._exit(0 if len(sharing.get()) == 32 else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.usefixtures("folder")
def test_a_key_that_was_left_by_another_store_is_not_taken(
    record: tuple[int, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = queries.index("customers.mobile").token("13800001234")
    left = bytearray(b"\1" + bytes([7]) * 32)
    monkeypatch.setattr(sharing, "_memory", left)
    opening.forget()
    assert queries.index("customers.mobile").token("13800001234") == token
    assert _reads(record)
    assert bytes(left[1:]) == opening.master().secret()


def test_another_store_in_the_same_process_has_its_own_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert queries.is_open()
    monkeypatch.setattr(settings, "KEHUMA_HOME", tmp_path)
    monkeypatch.setattr(settings, "KEHUMA_ROOT_KEY", "")
    assert not queries.is_open()


def test_errors_and_events_hold_no_key(folder: Path) -> None:
    text = _recovery_key()
    assert folder.exists()
    for shown in (repr(opening.master()), repr(queries.index("a.b")), str(queries.status())):
        assert text[:20] not in shown
        assert settings.KEHUMA_ROOT_KEY not in shown or not settings.KEHUMA_ROOT_KEY
    assert text[:20] not in "".join(map(str, Event.objects.values()))


def _mistyped(text: str) -> str:
    groups = text.split("-")
    groups[1] = groups[1][:-1] + ("0" if groups[1][-1] != "0" else "1")
    return "-".join(groups)
