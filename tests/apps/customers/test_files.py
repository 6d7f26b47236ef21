"""Files of customers: sealed where they lie, opened for who may, gone with the key."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kehuma.apps.audit import queries as audit
from kehuma.apps.customers import attaching, queries, services
from kehuma.apps.customers.errors import CustomerError, FileError
from kehuma.apps.customers.models import Attachment, Customer
from kehuma.apps.sealing import services as keys
from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LARGE = b"MARK" * 50_000


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files lie, only those of this test."""
    monkeypatch.setattr(settings, "KEHUMA_HOME", tmp_path)
    return tmp_path / "attachments"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def test_neither_name_nor_content_can_be_read_where_they_lie(wang: Viewer, hengyue: str, folder: Path) -> None:
    row = services.attach(wang, hengyue, "MARK 合同.pdf", BytesIO(LARGE), at=NOON)
    (kept,) = _files(folder)
    assert b"MARK" not in kept.read_bytes() + bytes(Attachment.objects.get().sealed)
    assert kept.stat().st_mode & 0o77 == 0
    found, content = queries.attachment(wang, row.uuid)
    with content:
        assert (found.name, content.read()) == ("MARK 合同.pdf", LARGE)
    (event,) = audit.events(kind="customers.attached")
    assert event.detail.keys() == {"file", "bytes", "fingerprint"}
    assert [one.name for one in queries.record(wang, hengyue).attachments] == ["MARK 合同.pdf"]


def test_files_cost_a_record_no_query(wang: Viewer, hengyue: str) -> None:
    services.attach(wang, hengyue, "1.txt", BytesIO(b"1"), at=NOON)
    with CaptureQueriesContext(connection) as counting:
        queries.record(wang, hengyue)
    for number in range(2, 5):
        services.attach(wang, hengyue, f"{number}.txt", BytesIO(b"1"), at=NOON)
    with CaptureQueriesContext(connection) as more:
        queries.record(wang, hengyue)
    assert len(more) == len(counting)


def test_a_file_that_was_exchanged_for_another_is_not_shown(wang: Viewer, hengyue: str, folder: Path) -> None:
    row = services.attach(wang, hengyue, "a.txt", BytesIO(b"a"), at=NOON)
    (mine,) = _files(folder)
    services.attach(wang, hengyue, "b.txt", BytesIO(b"b"), at=NOON)
    (other,) = (path for path in _files(folder) if path != mine)
    mine.write_bytes(other.read_bytes())
    with pytest.raises(ValueError, match="damaged or was cut off"):
        queries.attachment(wang, row.uuid)


def test_what_is_too_large_or_empty_leaves_nothing(wang: Viewer, hengyue: str, folder: Path) -> None:
    for content in (b"", b"x" * (attaching.MOST_MEGABYTES * (1 << 20) + 1)):
        with pytest.raises(FileError):
            services.attach(wang, hengyue, "a", BytesIO(content), at=NOON)
    assert list(_files(folder)) == []


def test_without_the_keys_files_are_neither_taken_nor_given(
    wang: Viewer, hengyue: str, request: pytest.FixtureRequest
) -> None:
    row = services.attach(wang, hengyue, "a.txt", BytesIO(b"a"), at=NOON)
    request.getfixturevalue("sealed")
    assert [one.name for one in queries.record(wang, hengyue).attachments] == ["已封存"]
    with pytest.raises(StoreSealedError):
        queries.attachment(wang, row.uuid)
    with pytest.raises(StoreSealedError):
        services.attach(wang, hengyue, "b.txt", BytesIO(b"b"), at=NOON)


def test_with_the_key_of_its_customer_a_file_is_gone(wang: Viewer, hengyue: str) -> None:
    row = services.attach(wang, hengyue, "a.txt", BytesIO(b"a"), at=NOON)
    customer = Customer.objects.get(code_id=hengyue)
    keys.erase([customer.subject_id or 0], actor="test", at=NOON)
    assert [one.name for one in queries.record(wang, hengyue).attachments] == ["已删除个人信息"]
    with pytest.raises(CustomerError, match="erased"):
        queries.attachment(wang, row.uuid)
    attaching.remove_files(customer.pk)
    assert connection.run_on_commit
