"""The witness: files outside the database that remember what the store must not forget.

Three files per log, named after the installation so that several may share one folder: the latest ``checkpoint``; the
``ceilings``, a journal of how far each counter may have come, raised and on disk before a number beyond is given out;
and what was ``reached``, the last event and the number of checkpoints. A store that lies behind them is an older state.
"""

import errno
import hmac
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings

from kehuma.apps.audit.errors import WitnessError
from kehuma.lib import keys
from kehuma.lib.db.turns import turn_at

# A ceiling stands up to this many numbers above the last one given out: one write to disk for so many codes. Counters
# that have given out few stay nearer: a recovery jumps to the ceiling, and short serials have no thousand to spare.
LEAD, LEAST_LEAD = 1_000, 20
_CEILING = re.compile(rb"([0-9a-f]{32}) ([0-9]{1,18})")
_REACHED = re.compile(rb"([0-9]{20}) ([0-9]{20})\n")
_REACHED_SIZE = 42


class Reached(NamedTuple):
    """The highest id of an event and of a checkpoint that were ever committed."""

    event: int = 0
    checkpoint: int = 0


class Witness:
    """The files of one log in ``folder``."""

    def __init__(self, folder: Path, installation: bytes) -> None:
        self.folder = folder
        name = hmac.digest(installation, b"witness name", "sha256").hex()[:16]
        self._counters = keys.Keyed(installation, "counter ceilings")
        self._checkpoint, self._ceilings, self._reached, self._lock = (
            folder / f"{name}.{kind}" for kind in ("checkpoint", "ceilings", "reached", "lock")
        )
        self._known: dict[tuple[str, str], int] = {}
        self._journalled: dict[bytes, int] = {}
        self._read_to = 0

    # ── the checkpoint ──

    def checkpoint(self) -> str:
        """The note that was put here last; "" where there is none."""
        return self._checkpoint.read_text("utf-8") if self._checkpoint.exists() else ""

    def earlier(self) -> Sequence[str]:
        """The notes that were here when a recovery began a new life of the store."""
        kept = self.folder.glob(f"{self._checkpoint.name}-*")
        return [path.read_text("utf-8") for path in kept]

    def put(self, note: str, *, over: Callable[[str], bool] = lambda _: True) -> None:
        """Replace the checkpoint, on disk before this returns, if ``over`` agrees to the one that is here by then."""
        with self._alone():
            if over(self.checkpoint()):
                _replace(self._checkpoint, note.encode())

    # ── the ceilings ──

    def of_counter(self, scheme: str, key: str) -> bytes:
        """The keyed hash that stands for a counter."""
        return self._counters.of(f"{scheme}\0{key}")

    def reach(self, scheme: str, moved: Iterable[tuple[str, int]]) -> None:
        """Raise the ceilings of a scheme where these next numbers lie above them. WitnessError where that fails."""
        high = [(key, number) for key, number in moved if number > self._known.get((scheme, key), 0)]
        if not high:
            return
        with self._alone():
            here = self.ceilings()
            names = {key: self.of_counter(scheme, key) for key, _ in high}
            low = {key: number for key, number in high if number > here.get(names[key], 0)}
            raised = {key: number + min(LEAD, max(LEAST_LEAD, number)) for key, number in low.items()}
            if raised:
                self._journal([b"%s %d\n" % (names[key].hex().encode(), raised[key]) for key in raised])
            # Only now: what could not be written was not raised.
            for key in names:
                self._known[scheme, key] = raised.get(key) or here[names[key]]

    def ceilings(self) -> Mapping[bytes, int]:
        """All ceilings, by the keyed hash of their counter."""
        if not self._ceilings.exists():
            self._journalled, self._read_to = {}, 0
            return {}
        with self._ceilings.open("rb") as file:
            if file.seek(0, os.SEEK_END) < self._read_to:
                self._journalled, self._read_to = {}, 0
            file.seek(self._read_to)
            fresh = file.read()
        # What comes after the last line end was broken off; the number that it was written for was never given out.
        whole = fresh[: fresh.rfind(b"\n") + 1]
        for line in whole.split(b"\n"):
            if match := _CEILING.fullmatch(line):
                name, number = bytes.fromhex(match[1].decode()), int(match[2])
                self._journalled[name] = max(number, self._journalled.get(name, 0))
        self._read_to += len(whole)
        return self._journalled

    def _journal(self, lines: Sequence[bytes]) -> None:
        is_new = not self._ceilings.exists()
        with self._ceilings.open("ab", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            try:
                # A line that was broken off must not run into the next one.
                _write_all(file, b"".join([b"\n" if end else b"", *lines]))
                os.fsync(file.fileno())
            except OSError:
                # Nobody may believe a line that is perhaps not on disk.
                file.truncate(end)
                raise
        if is_new:
            _settle(self.folder)

    # ── how far the store had come ──

    def reached(self) -> Reached:
        """What the store has committed at least."""
        return _reached(self._reached.read_bytes()) if self._reached.exists() else Reached()

    def note(self, *, event: int = 0, checkpoint: int = 0) -> None:
        """Remember that these were committed. Not waited for: it outlives our process, which is who may forget."""
        # The change is committed already: whoever cannot write here learns it with the next ceiling.
        with suppress(OSError, WitnessError), self._alone(), self._opened() as file:
            before = _reached(os.read(file, _REACHED_SIZE))
            if event > before.event or checkpoint > before.checkpoint:
                _put(file, Reached(max(event, before.event), max(checkpoint, before.checkpoint)))

    def set_back(self, note: str, reached: Reached) -> None:
        """After a recovery: what was witnessed before stays beside, under a number of its own."""
        with self._alone():
            if self._checkpoint.exists():
                number = 1
                while (kept := self._checkpoint.with_suffix(f".checkpoint-{number}")).exists():
                    number += 1
                _replace(kept, self._checkpoint.read_bytes())
            with self._opened() as file:
                _put(file, reached)
            _replace(self._checkpoint, note.encode())

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The file of what was reached: a descriptor, since every transaction comes by."""
        descriptor = os.open(self._reached, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time; WitnessError where the folder cannot be used."""
        try:
            if not settings.KEHUMA_WITNESS and not self.folder.is_dir():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            turn = turn_at(self._lock)
            turn.take()
            try:
                yield
            finally:
                turn.give_back()
        except OSError as error:
            reason = error.strerror or error
            raise WitnessError("witness-unwritable", folder=self.folder, reason=reason) from error


_opened: dict[tuple[str, Path, bytes], Witness] = {}


def folder() -> Path:
    """Where the witness lies. A folder that was named must be there: a disk that is not mounted is no witness."""
    return Path(settings.KEHUMA_WITNESS) if settings.KEHUMA_WITNESS else Path(settings.KEHUMA_HOME) / "witness"


def current() -> Witness | None:
    """The witness of this installation; None while it has no key, and so nothing to remember."""
    key = keys.standing_key(settings.KEHUMA_HOME)
    if key is None:
        return None
    place = (settings.KEHUMA_WITNESS, settings.KEHUMA_HOME, key)
    if (found := _opened.get(place)) is None:
        _opened.clear()
        found = _opened[place] = Witness(folder(), key)
    return found


def _reached(told: bytes) -> Reached:
    found = _REACHED.fullmatch(told)
    return Reached(int(found[1]), int(found[2])) if found else Reached()


def _put(file: int, reached: Reached) -> None:
    os.lseek(file, 0, os.SEEK_SET)
    os.write(file, b"%020d %020d\n" % reached)


def _write_all(file: BinaryIO, text: bytes) -> None:
    # A disk that is nearly full takes the beginning without an error.
    if file.write(text) != len(text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """A new name is on disk when its folder is."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
