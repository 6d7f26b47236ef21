"""The archive of a backup: a gzipped tar whose first member, ``manifest.json``, says what the others must be."""

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from kehuma.lib.backups.errors import BackupError
from kehuma.lib.db.copies import Progress, Table, Tables

FORMAT = 1
ENDING = ".kehuma.tar.gz"
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 200_000_000
_PIECE = 1 << 20
# Level 1 takes a quarter of the time of the default and leaves a tenth more.
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself. ``files`` are size and SHA-256 of each member by its name."""

    format: int
    version: str
    kind: str
    made_at: datetime
    migrations: Sequence[str]
    tables: Tables
    files: Mapping[str, tuple[int, str]]

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables.values())

    def rows_of(self, table: str) -> int:
        """The rows of one table, 0 where there is none."""
        return self.tables[table].rows if table in self.tables else 0


def digests(files: Mapping[str, Path]) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 of files by the names of their members."""
    return {name: _digest(path) for name, path in files.items()}


def write(target: Path, manifest: Manifest, files: Mapping[str, Path], progress: Progress) -> None:
    """Write an archive that only its owner can read, and force it onto the disk. FileExistsError."""
    total = sum(size for size, _ in manifest.files.values()) or 1
    done = 0
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        # Neither the name nor the time of the moment: the head of a gzip file tells nothing.
        with (
            gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            text = json.dumps(_as_json(manifest), ensure_ascii=False).encode()
            tar.addfile(_member(_MANIFEST, len(text)), io.BytesIO(text))
            for name, path in files.items():
                size, _ = manifest.files[name]
                with path.open("rb") as file:
                    tar.addfile(_member(name, size), file)
                done += size
                progress(done / total)
        raw.flush()
        os.fsync(raw.fileno())


def manifest_of(path: Path) -> Manifest:
    """What an archive says of itself; BackupError where it is none. Reads its beginning only."""
    with _reading(path) as (tar, _):
        return _manifest(path, tar)


def unpack(path: Path, target: Path, progress: Progress) -> Manifest:
    """Unpack an archive into an empty folder; BackupError where a member is not what the manifest says."""
    with _reading(path) as (tar, packed):
        manifest = _manifest(path, tar)
        left = dict(manifest.files)
        total = sum(size for size, _ in left.values()) or 1
        done = 0
        for member in tar:
            if member.name == _MANIFEST:
                continue
            wanted = left.pop(member.name, None)
            content = tar.extractfile(member)
            if wanted is None or content is None or _unpacked(content, target, member.name) != wanted:
                raise BackupError("file-differs", name=member.name)
            done += wanted[0]
            progress(done / total)
        if left:
            raise BackupError("file-differs", name=next(iter(left)))
        # The sum over the whole archive stands at its end, behind what tar looks at.
        while packed.read(_PIECE):
            pass
    return manifest


@contextmanager
def _reading(path: Path) -> Iterator[tuple[tarfile.TarFile, gzip.GzipFile]]:
    try:
        # Tar's own reader of gzip does not ask for the sum.
        with gzip.GzipFile(path) as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
            yield tar, packed
    except FileNotFoundError:
        raise BackupError("no-backup", file=path) from None
    except (tarfile.ReadError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BackupError("archive-broken", file=path.name, reason=error) from error


def _manifest(path: Path, tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    content = tar.extractfile(first) if first else None
    if first is None or content is None or first.name != _MANIFEST or first.size > _LARGEST_MANIFEST:
        raise BackupError("not-an-archive", file=path.name)
    try:
        told: dict[str, Any] = json.loads(content.read())
        if told["format"] > FORMAT:
            raise BackupError("format-newer", file=path.name, version=told["version"])
        return _from_json(told)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, BackupError):
            raise
        raise BackupError("not-an-archive", file=path.name) from error


def _unpacked(content: IO[bytes], target: Path, name: str) -> tuple[int, str]:
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or "\\" in name or ":" in name:
        raise BackupError("file-differs", name=name)
    path = target / pure
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        return _read(content, file.write)


def _digest(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return _read(file, len)


def _read(file: IO[bytes], use: Callable[[bytes], object]) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    while piece := file.read(_PIECE):
        size += len(piece)
        digest.update(piece)
        use(piece)
    return size, digest.hexdigest()


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _as_json(manifest: Manifest) -> dict[str, Any]:
    tables = {name: list(table) for name, table in manifest.tables.items()}
    return asdict(manifest) | {"made_at": manifest.made_at.isoformat(), "tables": tables}


def _from_json(told: Mapping[str, Any]) -> Manifest:
    return Manifest(
        format=int(told["format"]),
        version=str(told["version"]),
        kind=str(told["kind"]),
        made_at=datetime.fromisoformat(told["made_at"]),
        migrations=tuple(map(str, told["migrations"])),
        tables={name: Table(int(rows), str(digest)) for name, (rows, digest) in told["tables"].items()},
        files={name: (int(size), str(digest)) for name, (size, digest) in told["files"].items()},
    )
