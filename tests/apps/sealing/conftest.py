"""Keys of a test of its own: whatever a test does to them, the next one finds those of the store."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from kehuma.apps.sealing import opening, sources
from kehuma.engine.encryption import passphrase
from kehuma.lib import keys

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ACTOR = "cli:test"


@pytest.fixture(autouse=True)
def _no_keys_of_others(db: None) -> Iterator[None]:  # noqa: ARG001 - the tables must be there
    opening.forget()
    yield
    opening.forget()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root key of the tests, as a file and in no environment; its folder."""
    home = tmp_path / "keys"
    text = settings.KEHUMA_ROOT_KEY
    monkeypatch.setattr(settings, "KEHUMA_ROOT_KEY_FILE", str(home / "root.key"))
    monkeypatch.setattr(settings, "KEHUMA_ROOT_KEY", "")
    home.mkdir()
    sources.file().write_text(text)
    return home


@pytest.fixture
def quick_stretching(monkeypatch: pytest.MonkeyPatch) -> None:
    """As little work as the engine lets through."""
    least = passphrase.Stretching(bytes(16), memory=64 * 1024, passes=3, lanes=1)
    monkeypatch.setattr(passphrase.Stretching, "new", classmethod(lambda _cls, _chance: least))


@pytest.fixture
def witness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder outside the database, for the list of who was erased."""
    outside = tmp_path / "witness"
    outside.mkdir()
    monkeypatch.setattr(settings, "KEHUMA_WITNESS", str(outside))
    keys.installation_key(Path(settings.KEHUMA_HOME))
    return outside
