"""Key versions wrap data keys; rotating wraps them anew, and a version in use stays."""

import pytest

from kehuma.engine.encryption.ciphers import SM4_GCM
from kehuma.engine.encryption.errors import EncryptionError, SealedError, VersionError
from kehuma.engine.encryption.hidden import Chance
from kehuma.engine.encryption.rotation import rewrapped
from kehuma.engine.encryption.subjects import Column
from kehuma.engine.encryption.versions import KeyRing, KeyVersion, version_of

PHONE = Column("customers", "phone")


def test_a_data_key_opens_what_it_sealed_after_it_was_stored(ring: KeyRing, chance: Chance) -> None:
    key, wrapped = ring.new_subject_key("7d0a", chance)
    sealed = key.seal(PHONE, b"13800138000", chance)
    assert ring.open("7d0a", wrapped).open(PHONE, sealed) == b"13800138000"
    assert version_of(wrapped) == 2
    assert len(wrapped) == 67


def test_two_subjects_never_have_the_same_data_key(ring: KeyRing, chance: Chance) -> None:
    secrets = {ring.unwrap("7d0a", ring.new_subject_key("7d0a", chance)[1]) for _ in range(100)}
    assert len(secrets) == 100


def test_every_flipped_bit_of_a_wrapped_key_is_refused(ring: KeyRing, chance: Chance) -> None:
    _, wrapped = ring.new_subject_key("7d0a", chance)
    for bit in range(8 * len(wrapped)):
        altered = bytearray(wrapped)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(EncryptionError):
            ring.open("7d0a", bytes(altered))


@pytest.mark.parametrize("length", [0, 1, 2, 34, 66, 68])
def test_a_wrapped_key_has_one_length(ring: KeyRing, chance: Chance, length: int) -> None:
    _, wrapped = ring.new_subject_key("7d0a", chance)
    with pytest.raises(SealedError) as refused:
        ring.open("7d0a", (wrapped + b"\0")[:length])
    assert refused.value.message == "sealed-length"


def test_a_data_key_of_another_subject_is_refused_by_name(ring: KeyRing, chance: Chance) -> None:
    _, wrapped = ring.new_subject_key("7d0a", chance)
    with pytest.raises(SealedError) as refused:
        ring.open("91bc", wrapped)
    assert refused.value.message == "data-key-of-another-subject"
    assert "91bc" in str(refused.value)


def test_a_data_key_of_another_version_is_refused_by_name(ring: KeyRing, chance: Chance) -> None:
    _, wrapped = ring.new_subject_key("7d0a", chance)
    with pytest.raises(SealedError) as refused:
        ring.version(1).unwrap("7d0a", wrapped)
    assert refused.value.message == "data-key-of-another-version"
    assert refused.value.facts == {"found": 2, "version": 1}


def test_a_data_key_relabelled_to_another_version_is_refused(ring: KeyRing, chance: Chance) -> None:
    _, wrapped = ring.new_subject_key("7d0a", chance)
    relabelled = wrapped[:2] + (1).to_bytes(4, "big") + wrapped[6:]
    with pytest.raises(SealedError) as refused:
        ring.open("7d0a", relabelled)
    assert refused.value.message == "data-key-damaged"


def test_a_value_is_no_data_key_and_a_data_key_no_value(ring: KeyRing, chance: Chance) -> None:
    key, wrapped = ring.new_subject_key("7d0a", chance)
    # A value whose length is that of a wrapped data key.
    value = key.seal(PHONE, b"x" * 34, chance)
    assert len(value) == len(wrapped)
    with pytest.raises(SealedError) as refused:
        ring.open("7d0a", value)
    assert refused.value.message == "sealed-kind"
    with pytest.raises(SealedError) as refused:
        key.open(PHONE, wrapped)
    assert refused.value.message == "sealed-kind"


def test_a_version_that_the_ring_lacks_is_named(ring: KeyRing, chance: Chance) -> None:
    _, wrapped = ring.rotated(KeyVersion(7, b"7" * 32)).new_subject_key("7d0a", chance)
    with pytest.raises(VersionError) as refused:
        ring.open("7d0a", wrapped)
    assert refused.value.message == "version-unknown"
    assert refused.value.facts == {"version": 7}


def test_rotating_keeps_every_value_readable_before_during_and_after(ring: KeyRing, chance: Chance) -> None:
    subjects = [f"{number:04x}" for number in range(50)]
    keys = {subject: ring.new_subject_key(subject, chance) for subject in subjects}
    values = {subject: key.seal(PHONE, subject.encode(), chance) for subject, (key, _) in keys.items()}
    stored = {subject: wrapped for subject, (_, wrapped) in keys.items()}
    later = ring.rotated(KeyVersion(3, b"3" * 32))

    def readable(through: KeyRing) -> bool:
        return all(through.open(s, stored[s]).open(PHONE, values[s]) == s.encode() for s in subjects)

    assert readable(later)
    for row in rewrapped(list(stored.items()), later, chance):
        assert stored[row.subject] == row.old
        stored[row.subject] = row.new
        assert readable(later)
    assert {version_of(wrapped) for wrapped in stored.values()} == {3}
    alone = later.retired(1, still_wrapped=0).retired(2, still_wrapped=0)
    assert alone.numbers == (3,)
    assert readable(alone)


def test_rotating_again_finds_nothing_to_do(ring: KeyRing, chance: Chance) -> None:
    rows = [("7d0a", ring.new_subject_key("7d0a", chance)[1])]
    assert list(rewrapped(rows, ring, chance)) == []


def test_one_bad_row_does_not_stop_the_others(ring: KeyRing, chance: Chance) -> None:
    rows = [(subject, ring.new_subject_key(subject, chance)[1]) for subject in ("a", "b", "c")]
    rows[1] = ("b", rows[0][1])
    later = ring.rotated(KeyVersion(3, b"3" * 32))
    faults: list[tuple[str, str]] = []
    done = list(rewrapped(rows, later, chance, fault=lambda subject, error: faults.append((subject, error.message))))
    assert [row.subject for row in done] == ["a", "c"]
    assert faults == [("b", "data-key-of-another-subject")]
    with pytest.raises(SealedError):
        list(rewrapped(rows, later, chance))


def test_a_version_in_use_is_not_retired(ring: KeyRing) -> None:
    with pytest.raises(VersionError) as refused:
        ring.retired(1, still_wrapped=1)
    assert refused.value.message == "version-in-use"
    assert refused.value.facts == {"version": 1, "count": 1}


@pytest.mark.parametrize(("number", "message"), [(2, "version-current"), (9, "version-unknown")])
def test_only_an_earlier_version_is_retired(ring: KeyRing, number: int, message: str) -> None:
    with pytest.raises(VersionError) as refused:
        ring.retired(number, still_wrapped=0)
    assert refused.value.message == message


@pytest.mark.parametrize("number", [1, 2])
def test_a_new_version_has_a_greater_number(ring: KeyRing, number: int) -> None:
    with pytest.raises(VersionError) as refused:
        ring.rotated(KeyVersion(number, b"n" * 32))
    assert refused.value.message == "version-order"


@pytest.mark.parametrize("number", [0, -1, 2**32])
def test_a_version_has_a_number_that_can_be_stored(number: int) -> None:
    with pytest.raises(VersionError) as refused:
        KeyVersion(number, b"n" * 32)
    assert refused.value.message == "version-number"


def test_a_ring_has_a_version() -> None:
    with pytest.raises(VersionError) as refused:
        KeyRing([])
    assert refused.value.message == "version-none"


def test_rotating_can_change_the_cipher(ring: KeyRing, chance: Chance) -> None:
    key, wrapped = ring.new_subject_key("7d0a", chance)
    sealed = key.seal(PHONE, b"13800138000", chance)
    later = ring.rotated(KeyVersion(3, b"3" * 32, cipher=SM4_GCM))
    [row] = rewrapped([("7d0a", wrapped)], later, chance)
    alone = later.retired(1, still_wrapped=0).retired(2, still_wrapped=0)
    again = alone.open("7d0a", row.new)
    assert row.new[1] == SM4_GCM.number
    assert again.open(PHONE, sealed) == b"13800138000"
    assert again.seal(PHONE, b"13800138000", chance)[1] == SM4_GCM.number
