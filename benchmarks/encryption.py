"""Sealing and opening a value and a record, and wrapping data keys anew, on one core.

The goal is a million data keys in at most 60 seconds: measured over 100,000 and multiplied by ten, as the work of one
key does not depend on how many there are. The peer, measured in turns, is the cipher alone with key and nonce at hand:
what the binding and the naming of faults cost is the ratio. Run: ``python benchmarks/encryption.py [--keys 100000]``.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kehuma.engine.encryption.blind_index import IndexKey
from kehuma.engine.encryption.ciphers import AES_256_GCM, SM4_GCM, Cipher
from kehuma.engine.encryption.passphrase import Stretching
from kehuma.engine.encryption.pseudonyms import PseudonymKey
from kehuma.engine.encryption.rotation import rewrapped
from kehuma.engine.encryption.subjects import Column
from kehuma.engine.encryption.versions import KeyRing, KeyVersion

GOAL = 60
ROUNDS = 9
SUBJECTS = 1000
COLUMNS = [Column("customers", name) for name in ("name", "phone", "email", "address", "identifier", "remark")]
RECORD = [
    "欧阳小明",
    "13800138000",
    "xiaoming@example.com",
    "北京市海淀区中关村大街 1 号",
    "11010519491231002X",
    "老客户",
]
VALUES = [value.encode() for value in RECORD]


def main() -> None:
    """Print microseconds per piece of work, median of the rounds, and what a rotation takes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", type=int, default=100_000)
    keys = parser.parse_args().keys
    for cipher in (AES_256_GCM, SM4_GCM):
        values_and_records(cipher)
        rotation(cipher, keys)
    others()


def values_and_records(cipher: Cipher) -> None:
    """One phone number, and records of six fields with and without their data key."""
    ring = KeyRing([KeyVersion(1, os.urandom(32), cipher=cipher)])
    subjects = [f"{number:032x}" for number in range(SUBJECTS)]
    made = [ring.new_subject_key(subject, os.urandom) for subject in subjects]
    key, phone, plain = made[0][0], COLUMNS[1], VALUES[1]
    sealed = key.seal(phone, plain, os.urandom)
    records = [
        [key.seal(column, value, os.urandom) for column, value in zip(COLUMNS, VALUES, strict=True)] for key, _ in made
    ]
    bare, nonce, bound = AESGCM(os.urandom(32)), os.urandom(12), os.urandom(60)
    bare_sealed = bare.encrypt(nonce, plain, bound)

    def new_records() -> None:
        for subject in subjects:
            new, _ = ring.new_subject_key(subject, os.urandom)
            for column, value in zip(COLUMNS, VALUES, strict=True):
                new.seal(column, value, os.urandom)

    def read_records() -> None:
        for subject, (_, wrapped), record in zip(subjects, made, records, strict=True):
            opener = ring.open(subject, wrapped)
            for column, value in zip(COLUMNS, record, strict=True):
                opener.open(column, value)

    print(cipher.name)
    report(
        {
            "AES-GCM alone, encrypt": repeated(lambda: bare.encrypt(nonce, plain, bound)),
            "seal a value": repeated(lambda: key.seal(phone, plain, os.urandom)),
            "AES-GCM alone, decrypt": repeated(lambda: bare.decrypt(nonce, bare_sealed, bound)),
            "open a value": repeated(lambda: key.open(phone, sealed)),
            "new data key and 6 fields sealed": new_records,
            "data key unwrapped and 6 fields opened": read_records,
        }
    )


def rotation(cipher: Cipher, keys: int) -> None:
    """All data keys wrapped under a new version, the store left out."""
    ring = KeyRing([KeyVersion(1, os.urandom(32), cipher=cipher)])
    rows = [(subject, ring.new_subject_key(subject, os.urandom)[1]) for subject in (f"{n:032x}" for n in range(keys))]
    ring = ring.rotated(KeyVersion(2, os.urandom(32), cipher=cipher))
    start = time.process_time()
    done = sum(1 for _ in rewrapped(rows, ring, os.urandom))
    seconds = time.process_time() - start
    assert done == keys
    million = seconds / keys * 1_000_000
    print(f"  {keys} data keys wrapped anew in {seconds:.2f} s of one core;", end=" ")
    print(f"1,000,000, extrapolated: {million:.1f} s (goal: at most {GOAL})")


def others() -> None:
    """Tokens, pseudonyms, and the key from a passphrase."""
    index, recipient = (
        IndexKey(os.urandom(32)).field("customers.phone"),
        PseudonymKey(os.urandom(32)).recipient("甲公司"),
    )
    print("others")
    report(
        {
            "token of a blind index": repeated(lambda: index.token("13800138000")),
            "short token": repeated(lambda: index.short_token("8000")),
            "pseudonym": repeated(lambda: recipient.pseudonym("BJ-IT-0001-W")),
        }
    )
    start = time.perf_counter()
    Stretching(os.urandom(16)).stretched("correct horse battery")
    print(f"  key from a passphrase: {time.perf_counter() - start:.2f} s")


def repeated(work: Callable[[], object]) -> Callable[[], None]:
    """As often as there are subjects, so that all ways report per piece of work."""

    def run() -> None:
        for _ in range(SUBJECTS):
            work()

    return run


def report(ways: dict[str, Callable[[], None]]) -> None:
    """All ways in turns, so that they meet the same moods of the machine; processor time."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.process_time()
            way()
            seconds[name].append(time.process_time() - start)
    for name, taken in seconds.items():
        each = [one / SUBJECTS * 1e6 for one in taken]
        print(f"  {name:40} {statistics.median(each):7.2f} µs (best {min(each):.2f})")


if __name__ == "__main__":
    main()
