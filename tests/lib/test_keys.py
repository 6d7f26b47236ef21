"""Keyed hashes and the key they are made with."""

import hmac
import os
from pathlib import Path

import pytest

from kehuma.lib import keys
from kehuma.lib.keys import Keyed


def test_a_keyed_hash_is_hmac_sha256_under_a_key_of_its_purpose() -> None:
    key = bytes(range(32))
    derived = hmac.digest(key, b"request customer", "sha256")
    assert Keyed(key, "request customer").of("客户 1") == hmac.digest(derived, "客户 1".encode(), "sha256")[:16]


def test_hashing_one_text_leaves_no_trace_in_the_next() -> None:
    keyed = Keyed(bytes(32), "rows")
    assert [keyed.of(text) for text in ("1", "2", "1")][::2] == [keyed.of("1")] * 2


def test_a_lone_surrogate_is_hashed_like_any_text() -> None:
    assert len(Keyed(bytes(32), "rows").of("\ud800")) == 16


def test_the_installation_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    assert not keys.has_key(tmp_path)
    key = keys.installation_key(tmp_path)
    assert keys.installation_key(tmp_path) == key
    assert keys.has_key(tmp_path)
    assert keys.is_private(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="files have no such modes there")
def test_a_key_that_others_can_read_is_noticed(tmp_path: Path) -> None:
    keys.installation_key(tmp_path)
    (tmp_path / keys.FILE_NAME).chmod(0o644)
    assert not keys.is_private(tmp_path)
