"""What comes with a file is readable by nobody without its key, and is gone with it."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from kehuma.apps.intake import queries, services
from kehuma.apps.intake.data import Import
from kehuma.apps.intake.errors import IntakeError
from kehuma.apps.intake.models import ImportBatch, ImportFault, ImportRow, State
from kehuma.apps.sealing import services as keys
from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.apps.sealing.models import SubjectKey
from kehuma.lib.tabular import write_stream
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=31)
Make = Callable[..., Import]
FAULTY = "MARK1,甲公司MARK2,火星MARK3,信息技术,MARK4,\nMARK5,乙公司MARK6,火星MARK3,金融,13800000002,\n"
TWICE = "MARK7,丙公司MARK8,北京,金融,13800000003,\nMARK7,丙公司MARK8,北京,金融,13800000003,\n"
DAMAGED = '"MARK9,没有引号\n'


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the files of this test."""
    monkeypatch.setattr(settings, "KEHUMA_HOME", tmp_path)


def _kept() -> bytes:
    """All that lies in the tables of imports, in the log and in the folder of files."""
    found = [path.read_bytes() for path in (Path(settings.KEHUMA_HOME) / "imports").iterdir()]
    with connection.cursor() as cursor:
        for table in ("intake_importbatch", "intake_importrow", "intake_importfault", "audit_event"):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names of ours
            for row in cursor.fetchall():
                found += [bytes(cell) if isinstance(cell, memoryview | bytes) else str(cell).encode() for cell in row]
    return b"\n".join(found)


def test_nothing_of_a_file_can_be_read_where_it_lies(viewer: Viewer, checked: Make) -> None:
    one = checked(FAULTY + TWICE + DAMAGED, name="MARK0 名单.csv")
    services.mend(viewer, one.uuid, 2, "mobile", "MARK-mended", at=NOON)
    assert b"MARK" not in _kept()
    assert "火星".encode() not in _kept()
    assert queries.imported(viewer, one.uuid).name == "MARK0 名单.csv"
    assert [fault.value for fault in queries.faults(one).rows][:2] == ["火星MARK3", "MARK-mended"]
    assert {row.title for row in queries.duplicates(one).rows} == {"丙公司MARK8"}
    (damaged,) = queries.damaged(one)
    assert "MARK9" in damaged.value
    rejected = [",".join(row) for row in queries.rejected(viewer, one.uuid, "zh")]
    assert "MARK-mended" in rejected[1]


def test_a_workbook_goes_to_its_reader_through_a_pipe(viewer: Viewer) -> None:
    content = io.BytesIO()
    with write_stream(content, "a.xlsx", ("客户名称", "省份")) as writer:
        writer.write([("甲公司MARK", "北京")] * 3)
    content.seek(0)
    one = services.receive(viewer, content, "名单.xlsx", at=NOON)
    assert (one.kind, list(one.sample[0])) == ("excel", ["甲公司MARK", "北京"])
    (kept,) = (Path(settings.KEHUMA_HOME) / "imports").iterdir()
    assert kept.stat().st_mode & 0o77 == 0
    assert not zipfile.is_zipfile(kept)


def test_equal_faults_are_found_by_a_token_that_means_nothing_elsewhere(viewer: Viewer, checked: Make) -> None:
    one, other = checked(FAULTY), checked(FAULTY, source="另一处")
    tokens = {bytes(token) for token in ImportFault.objects.filter(field="region").values_list("alike", flat=True)}
    assert len(tokens) == 2
    assert [fault.alike for fault in queries.faults(one, "region").rows] == [2, 2]
    assert services.mend_alike(viewer, one.uuid, "region", "火星MARK3", "北京", at=NOON) == 2
    assert queries.faults(one, "region").total == 0
    assert queries.faults(other, "region").total == 2


def test_rows_of_one_import_open_in_no_other_and_in_no_other_place(checked: Make) -> None:
    one = checked(FAULTY)
    first, second = ImportRow.objects.filter(batch__uuid=one.uuid).order_by("number")
    first.sealed, second.sealed = second.sealed, first.sealed
    first.save()
    second.save()
    with pytest.raises(ValueError, match=r"was sealed for another row|damaged"):
        queries.faults(one)


def test_a_file_that_was_exchanged_for_another_is_refused(viewer: Viewer, receive: Make) -> None:
    one, other = receive(FAULTY), receive(TWICE)
    folder = Path(settings.KEHUMA_HOME) / "imports"
    mine, theirs = (next(folder.glob(f"{batch.uuid.hex}*")) for batch in (one, other))
    mine.write_bytes(theirs.read_bytes())
    with pytest.raises(ValueError, match="damaged or was cut off"):
        services.read_as(viewer, one.uuid, encoding="utf-8")


@pytest.mark.parametrize("clear", ["old", "now"])
def test_what_was_cleared_has_lost_its_file_its_rows_and_its_key(viewer: Viewer, committed: Make, clear: str) -> None:
    one = committed("A1,甲公司,北京,信息技术,13800000001,\n" + FAULTY)
    if clear == "old":
        assert services.clear_old(at=LATER) == 1
        assert services.clear_old(at=LATER) == 0
    else:
        services.clear(viewer, one.uuid, at=NOON)
    assert list((Path(settings.KEHUMA_HOME) / "imports").iterdir()) == []
    assert not ImportRow.objects.exists()
    assert not ImportFault.objects.exists()
    assert SubjectKey.objects.get(pk=ImportBatch.objects.get().subject_id or 0).wrapped is None
    left = queries.imported(viewer, one.uuid)
    assert (left.name, left.sample, left.counts["committed"]["created"]) == ("", [], 1)
    assert left.cleared_at
    with pytest.raises(IntakeError, match="removed"):
        services.undo(viewer, one.uuid, at=NOON)


def test_how_long_files_are_kept_is_a_setting(receive: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    receive(FAULTY)
    monkeypatch.setattr(settings, "IMPORT_DAYS", 2)
    assert services.clear_old(at=NOON + timedelta(days=1)) == 0
    assert services.clear_old(at=NOON + timedelta(days=3)) == 1


def test_what_runs_is_not_cleared(viewer: Viewer, receive: Make) -> None:
    one = receive(FAULTY)
    ImportBatch.objects.update(state=State.COMMITTING)
    with pytest.raises(IntakeError, match=r"running|being"):
        services.clear(viewer, one.uuid, at=NOON)


def test_a_batch_that_an_older_backup_brought_back_counts_as_cleared(viewer: Viewer, checked: Make) -> None:
    one = checked(FAULTY)
    keys.erase([ImportBatch.objects.get().subject_id or 0], actor="test", at=NOON)
    again = queries.imported(viewer, one.uuid)
    assert (again.name, again.is_sealed) == ("", False)
    assert again.cleared_at
    with pytest.raises(IntakeError, match="removed"):
        services.commit(viewer, one.uuid, "both", at=NOON)
    assert services.clear_old(at=LATER) == 1
    assert not ImportRow.objects.exists()


def test_a_list_that_is_no_list_leaves_nothing(viewer: Viewer) -> None:
    with pytest.raises(ValueError, match="empty"):
        services.receive(viewer, io.BytesIO(b""), "leer.csv", at=NOON)
    assert list((Path(settings.KEHUMA_HOME) / "imports").iterdir()) == []
    assert not ImportBatch.objects.exists()
    assert not SubjectKey.objects.filter(wrapped__isnull=False).exists()


def test_without_the_keys_lists_are_shown_and_nothing_of_them(
    viewer: Viewer, checked: Make, request: pytest.FixtureRequest
) -> None:
    one = checked(FAULTY)
    request.getfixturevalue("sealed")
    (shown,) = queries.imports(viewer)
    assert (shown.name, shown.header, shown.is_sealed, shown.expected) == ("", [], True, 2)
    for refused in (
        lambda: queries.imported(viewer, one.uuid),
        lambda: queries.faults(one),
        lambda: services.receive(viewer, io.BytesIO(FAULTY.encode()), "a.csv", at=NOON),
        lambda: services.commit(viewer, one.uuid, "both", at=NOON),
        lambda: services.mend(viewer, one.uuid, 2, "region", "北京", at=NOON),
    ):
        with pytest.raises(StoreSealedError):
            refused()
    assert ImportBatch.objects.count() == 1


def test_without_the_keys_what_was_interrupted_waits(
    viewer: Viewer, checked: Make, request: pytest.FixtureRequest
) -> None:
    one = checked(FAULTY)
    ImportBatch.objects.update(state=State.CHECKING, progressed_at=NOON - timedelta(days=1))
    request.getfixturevalue("sealed")
    assert services.resume_interrupted(at=NOON) == 0
    assert ImportBatch.objects.get().state == State.CHECKING
    services.clear_old(at=LATER)
    assert [batch.uuid for batch in queries.imports(viewer)] == [one.uuid]
