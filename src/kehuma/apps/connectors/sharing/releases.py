"""Files for recipients: asked for by a person, written beside the pages by a worker, or into a path at once.

Where few customers share a combination of values the file is not written before somebody has said what becomes of them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.db import transaction

from kehuma.apps.access import queries as access
from kehuma.apps.audit import services as audit
from kehuma.apps.connectors.errors import ReleaseError
from kehuma.apps.connectors.models import Release
from kehuma.apps.connectors.sharing import columns as sharable
from kehuma.apps.connectors.sharing import giving, recipients
from kehuma.apps.connectors.sharing.data import Option, ReleaseRow
from kehuma.apps.connectors.sharing.giving import Order, Report
from kehuma.apps.connectors.sharing.groups import Rare
from kehuma.apps.connectors.sharing.reading import key_of
from kehuma.apps.customers import queries as customers
from kehuma.apps.sealing import queries as sealing
from kehuma.apps.sealing import services as keys
from kehuma.apps.sealing.queries import Column
from kehuma.engine.encryption.streams import Place
from kehuma.lib import sealed_files
from kehuma.lib.tabular import Writer, write_stream, write_table
from kehuma.lib.viewer import Viewer

KINDS = ("csv", "xlsx")
RARE = ("ask", "leave-out", "keep")
KEPT = timedelta(days=1)
_FILE = Column("connectors_release", "file")
_SHOWN = 100
_RUNNING = ("waiting", "counting", "writing")
Open = Callable[[list[str]], AbstractContextManager[Writer]]


class Stopped(Exception):
    """Somebody asked for it to stop."""


def begin(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer, recipient: UUID, names: Sequence[str], *, kind: str, rare: str = "ask", at: datetime
) -> ReleaseRow:
    """Ask for a file with these columns; who asks tells a worker.

    UnknownRecipientError, RecipientError where sharing has ended, ColumnsError, ReleaseError, StoreSealedError.
    """
    with transaction.atomic():
        (subject,) = keys.new_subjects(1)
        return as_row(_asked(viewer, recipient, names, kind=kind, rare=rare, at=at, subject=subject.id))


def give(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer, recipient: UUID, names: Sequence[str], path: Path, *, rare: str, report: Report, at: datetime
) -> ReleaseRow:
    """Write such a file here and now; ``state`` is ``asking``, and there is no file, where ``rare`` must be said first.

    Errors as above; TabularError where it cannot be written.
    """
    kind = path.suffix.removeprefix(".").lower()
    with transaction.atomic():
        row = _asked(viewer, recipient, names, kind=kind, rare=rare, at=at, subject=None)
    try:
        _perform(row, viewer, lambda heads: write_table(path, heads), report, at)
    except BaseException:
        Release.objects.filter(pk=row.pk).update(state="failed")
        raise
    row.refresh_from_db()
    # Who decides calls again.
    Release.objects.filter(pk=row.pk, state="asking").update(state="stopped", ended_at=at)
    return as_row(row)


def perform(uuid: UUID, *, at: datetime) -> None:
    """Have a file written in the name and with the rights of who asked for it; begun again, it is written anew."""
    if not Release.objects.filter(uuid=uuid, state__in=_RUNNING).update(state="counting", done=0):
        return
    row = Release.objects.select_related("recipient").get(uuid=uuid)

    def report(done: int) -> None:
        Release.objects.filter(pk=row.pk).update(done=done)
        if Release.objects.filter(pk=row.pk, is_cancelled=True).exists():
            raise Stopped

    try:
        _perform(row, access.viewer_of_actor(row.actor), lambda heads: _sealed(row, heads), report, at)
    except Stopped:
        Release.objects.filter(pk=row.pk).update(state="stopped", ended_at=at)
    except BaseException:
        Release.objects.filter(pk=row.pk).update(state="failed", ended_at=at)
        raise


def decide(viewer: Viewer, uuid: UUID, rare: str) -> None:
    """Say what becomes of rows whose combination few share; who says it tells a worker. ReleaseError."""
    row = _mine(viewer, uuid)
    _require(rare, RARE[1:], "release-rare")
    Release.objects.filter(pk=row.pk, state="asking").update(rare=rare, state="waiting", done=0)


def cancel(viewer: Viewer, uuid: UUID, *, at: datetime) -> None:
    """Write no file after all. ReleaseError."""
    row = _mine(viewer, uuid)
    Release.objects.filter(pk=row.pk, state__in=["waiting", "asking"]).update(state="stopped", ended_at=at)
    Release.objects.filter(pk=row.pk, state__in=["counting", "writing"]).update(is_cancelled=True)


def releases(viewer: Viewer, recipient: UUID) -> list[ReleaseRow]:
    """What a recipient was given, the newest first."""
    viewer.require(recipients.SEE)
    found = Release.objects.filter(recipient__uuid=recipient).select_related("recipient").order_by("-id")
    return [as_row(one) for one in found[:_SHOWN]]


def release(viewer: Viewer, uuid: UUID) -> ReleaseRow:
    """One that the viewer has asked for; ReleaseError."""
    return as_row(_mine(viewer, uuid))


def content(viewer: Viewer, uuid: UUID) -> BinaryIO:
    """What stands in the file, which the caller closes; ReleaseError where it is not done or gone, StoreSealedError."""
    row = _mine(viewer, uuid)
    if row.state == "done" and row.subject_id is not None:
        try:
            return sealed_files.opened(path_of(row), _place(row))
        except FileNotFoundError:
            pass
    raise ReleaseError("release-gone")


def clear_old(at: datetime) -> int:
    """Files of yesterday go, with the keys that open them; how many. What was given stays known."""
    old = list(Release.objects.filter(at__lt=at - KEPT, subject__isnull=False))
    if not old:
        return 0
    with transaction.atomic():
        keys.erase([row.subject_id for row in old if row.subject_id], actor="kehuma", at=at)
        numbers = [row.pk for row in old]
        Release.objects.filter(pk__in=numbers).update(subject=None)
        Release.objects.filter(pk__in=numbers, state__in=[*_RUNNING, "asking"]).update(state="stopped", ended_at=at)
    for row in old:
        path_of(row).unlink(missing_ok=True)
    return len(old)


def path_of(row: Release) -> Path:
    """Where its file lies once it is done."""
    return Path(settings.KEHUMA_HOME) / "exports" / f"shared-{row.uuid.hex}.{row.kind}"


def as_row(row: Release) -> ReleaseRow:
    """As it crosses the door."""
    return ReleaseRow(
        row.uuid,
        row.recipient.uuid,
        row.epoch,
        tuple(row.columns),
        row.kind,
        row.rare,
        row.state,
        row.expected,
        row.done,
        Rare(row.rare_rows, row.rare_groups),
        [Option(now, then, Rare(*rare)) for now, then, rare in row.alternatives],
        row.rows,
        row.actor,
        row.at,
        row.state == "done" and row.subject_id is not None,
    )


def _asked(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer, recipient: UUID, names: Sequence[str], *, kind: str, rare: str, at: datetime, subject: int | None
) -> Release:
    row = recipients.going_on(viewer, recipient)
    columns = sharable.chosen(names)
    _require(kind, KINDS, "release-kind")
    _require(rare, RARE, "release-rare")
    # Whoever cannot make pseudonyms now need not wait for a worker to find out.
    key_of(recipients.as_row(row), row.epoch)
    return Release.objects.create(
        recipient=row,
        epoch=row.epoch,
        columns=[column.name for column in columns],
        kind=kind,
        rare=rare,
        expected=customers.visible(viewer, is_narrowed=False).count(),
        actor=viewer.actor,
        at=at,
        subject_id=subject,
    )


def _perform(row: Release, viewer: Viewer, open_file: Open, report: Report, at: datetime) -> None:
    viewer.require(recipients.MANAGE)
    order = _order(row, viewer)
    found = giving.counted(order, report)
    told = {"rare_rows": found.rare.rows, "rare_groups": found.rare.groups}
    if found.rare.rows and row.rare == "ask":
        options = giving.alternatives(order, report)
        named = [[one.column.name, one.coarser.name if one.coarser else "", list(one.rare)] for one in options]
        Release.objects.filter(pk=row.pk).update(state="asking", alternatives=named, **told)
        return
    Release.objects.filter(pk=row.pk).update(state="writing", expected=len(found.ids), done=0, **told)
    with open_file(order.heads) as writer:
        number = giving.write(order, found, writer, report, keeps_rare=row.rare == "keep")
    _testify(row, viewer, number, len(found.ids), at)


@transaction.atomic
def _testify(row: Release, viewer: Viewer, number: int, counted: int, at: datetime) -> None:
    Release.objects.filter(pk=row.pk).update(state="done", rows=number, ended_at=at)
    detail = {
        "rows": number,
        "left_out": counted - number,
        "rare_kept": row.rare_rows if row.rare == "keep" else 0,
        "columns": row.columns,
        "epoch": row.epoch,
        "kind": row.kind,
    }
    audit.record("connectors.shared", str(row.recipient.uuid), detail, actor=viewer.actor, at=at)


def _order(row: Release, viewer: Viewer) -> Order:
    """With what the recipient was given under the same pseudonyms, which it can lay beside the new file."""
    given = Release.objects.filter(recipient=row.recipient, epoch=row.epoch, state="done")
    before = {name for names in given.values_list("columns", flat=True) for name in names}
    known = [column for name in sorted(before) for column in sharable.remembered([name])]
    key = key_of(recipients.as_row(row.recipient), row.epoch)
    return Order(viewer, key, sharable.chosen(row.columns), known, viewer.language)


@contextmanager
def _sealed(row: Release, heads: list[str]) -> Iterator[Writer]:
    with (
        sealed_files.writing(path_of(row), _place(row)) as target,
        write_stream(cast("BinaryIO", target), f"shared.{row.kind}", heads) as writer,
    ):
        yield writer


def _place(row: Release) -> Place:
    return Place(sealing.opened_one(row.subject_id or 0), _FILE, row.uuid.hex)


def _mine(viewer: Viewer, uuid: UUID) -> Release:
    viewer.require(recipients.MANAGE)
    row = Release.objects.select_related("recipient").filter(uuid=uuid, actor=viewer.actor).first()
    if row is None:
        raise ReleaseError("unknown-release")
    return row


def _require(given: str, known: Sequence[str], message: str) -> None:
    if given not in known:
        raise ReleaseError(message, known=", ".join(known))
