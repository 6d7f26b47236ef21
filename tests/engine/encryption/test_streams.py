"""Long content opens whole and from any place, and not where anything of it is gone, added or moved."""

import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kehuma.engine.encryption.ciphers import AES_256_GCM, SM4_GCM, Cipher
from kehuma.engine.encryption.errors import SealedError
from kehuma.engine.encryption.streams import HEAD, PIECE, Place, SealedReader, SealedWriter
from kehuma.engine.encryption.subjects import Column, SubjectKey

CONTENT = Column("customers.attachment", "content")
SEALED_PIECE = PIECE + 33
PLAIN = os.urandom(2 * PIECE + 100)


def _place(
    name: str = "91bc", *, subject: str = "7d0a", column: Column = CONTENT, cipher: Cipher = AES_256_GCM
) -> Place:
    return Place(SubjectKey(subject, b"k" * 32, cipher=cipher), column, name)


def _sealed(plain: bytes, place: Place | None = None, *, step: int = 50_000) -> bytes:
    target = io.BytesIO()
    writer = SealedWriter(target, place or _place(), os.urandom)
    for start in range(0, len(plain), step):
        writer.write(plain[start : start + step])
    assert writer.finish() == len(plain)
    return target.getvalue()


def _opened(sealed: bytes, place: Place | None = None) -> bytes:
    with SealedReader(io.BytesIO(sealed), place or _place()) as reader:
        return reader.read()


@pytest.mark.parametrize("cipher", [AES_256_GCM, SM4_GCM], ids=lambda cipher: cipher.name)
@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 100])
def test_content_of_any_length_reads_back(length: int, cipher: Cipher) -> None:
    place = _place(cipher=cipher)
    sealed = _sealed(PLAIN[:length], place)
    assert _opened(sealed, place) == PLAIN[:length]
    assert PLAIN[: min(length, 16)] not in sealed[len(HEAD) :] or length < 8
    with SealedReader(io.BytesIO(sealed), place) as reader:
        assert reader.length == length


@given(st.integers(1, 3 * PIECE))
@settings(max_examples=20)
def test_how_it_was_written_does_not_matter(step: int) -> None:
    assert _opened(_sealed(PLAIN, step=step)) == PLAIN


@given(st.lists(st.tuples(st.integers(0, len(PLAIN) + 10), st.integers(0, PIECE * 2)), min_size=1, max_size=8))
@settings(max_examples=30)
def test_it_is_read_from_any_place_like_a_plain_file(reads: list[tuple[int, int]]) -> None:
    plain = io.BytesIO(PLAIN)
    with io.BufferedReader(SealedReader(io.BytesIO(_sealed(PLAIN)), _place())) as reader:
        for start, count in reads:
            assert reader.seek(start) == plain.seek(start)
            assert reader.read(count) == plain.read(count)
            assert reader.tell() == plain.tell()
        assert reader.seek(-5, io.SEEK_END) == plain.seek(-5, io.SEEK_END)
        assert reader.seek(-5, io.SEEK_CUR) == plain.seek(-5, io.SEEK_CUR)
        with pytest.raises(ValueError, match="before the beginning"):
            reader.seek(-len(PLAIN) - 1, io.SEEK_END)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(0, id="nothing left"),
        pytest.param(len(HEAD), id="only the head"),
        pytest.param(len(HEAD) + 33, id="an empty piece"),
        pytest.param(len(HEAD) + SEALED_PIECE, id="whole pieces, one"),
        pytest.param(len(HEAD) + 2 * SEALED_PIECE, id="whole pieces, all but the last"),
        pytest.param(len(HEAD) + 2 * SEALED_PIECE + 20, id="less than a piece"),
        pytest.param(len(HEAD) + 2 * SEALED_PIECE + 33, id="an empty piece behind others"),
        pytest.param(-1, id="one byte"),
    ],
)
def test_what_was_cut_off_is_found_before_anything_is_read(end: int) -> None:
    with pytest.raises(SealedError) as refused:
        _opened(_sealed(PLAIN)[:end])
    assert refused.value.message == "content-damaged"


def _pieces(sealed: bytes) -> list[bytes]:
    body = sealed[len(HEAD) :]
    return [body[start : start + SEALED_PIECE] for start in range(0, len(body), SEALED_PIECE)]


def test_pieces_added_left_out_doubled_or_exchanged_are_found() -> None:
    one, two, last = _pieces(_sealed(PLAIN))
    others = _pieces(_sealed(PLAIN, _place("of another file")))
    wrong = [
        [one, last],
        [two, last],
        [two, one, last],
        [one, two, last, last],
        [one, one, last],
        [one, two, one, last],
        [one, others[1], last],
        [*others[:2], last],
    ]
    for pieces in wrong:
        with pytest.raises(SealedError):
            _opened(HEAD + b"".join(pieces))


def test_a_flipped_bit_anywhere_is_found() -> None:
    sealed = _sealed(PLAIN)
    for place in (0, len(HEAD) - 1, len(HEAD), len(HEAD) + 40, len(sealed) // 2, len(sealed) - 1):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(SealedError):
            _opened(bytes(altered))


def test_content_opens_only_as_what_it_was_sealed_for() -> None:
    sealed = _sealed(PLAIN)
    for other in (_place("other"), _place(subject="other"), _place(column=Column("intake.batch", "file"))):
        with pytest.raises(SealedError):
            _opened(sealed, other)


def test_content_that_was_not_finished_does_not_open() -> None:
    target = io.BytesIO()
    writer = SealedWriter(target, _place(), os.urandom)
    writer.write(PLAIN)
    writer.close()
    with pytest.raises(SealedError):
        _opened(target.getvalue())


def test_closing_lets_go_of_the_file_below() -> None:
    below = io.BytesIO(_sealed(PLAIN))
    reader = SealedReader(below, _place())
    reader.close()
    reader.close()
    assert below.closed
