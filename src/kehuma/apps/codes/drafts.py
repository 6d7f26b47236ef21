"""Rules being worked on: begun, changed, handed to a second person, published or discarded.

Every write is one transaction with its event; every function takes the viewer first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models, transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import services
from kehuma.apps.codes.data import PublishedScheme
from kehuma.apps.codes.draft_errors import (
    DraftChangedError,
    NotWaitingError,
    OwnReviewError,
    ReviewNeededError,
    UnknownDraftError,
)
from kehuma.apps.codes.draft_models import PublishingRule, SchemeDraft
from kehuma.engine.coding.scheme_text import outline_of
from kehuma.lib.viewer import Viewer

_LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as a value; people are named by their uuids, as in events."""

    uuid: UUID
    name: str
    source: str
    based_on: int | None
    state: str
    revision: int
    begun_by: str
    changed_by: str
    asked_by: str
    note: str
    changed_at: datetime

    @property
    def is_waiting(self) -> bool:
        """Whether a second person is asked to look at it."""
        return self.state == SchemeDraft.State.WAITING

    def may_be_reviewed_by(self, viewer: Viewer) -> bool:
        """Whether this viewer is a second person to it."""
        return self.is_waiting and viewer.actor not in (self.asked_by, self.changed_by)


# -- reads -----------------------------------------------------------------------------------------------------------


def drafts(viewer: Viewer) -> Sequence[Draft]:
    """What is being worked on, the last changed first."""
    viewer.require("schemes.view")
    return [_as_draft(row) for row in _open().order_by("-changed_at", "-id")]


def draft(viewer: Viewer, uuid: UUID) -> Draft:
    """One draft; UnknownDraftError."""
    viewer.require("schemes.view")
    row = _open().filter(uuid=uuid).first()
    if row is None:
        raise UnknownDraftError
    return _as_draft(row)


def number_waiting(viewer: Viewer) -> int:
    """How many drafts wait for this viewer as their second person."""
    if not viewer.may("schemes.publish"):
        return 0
    waiting = SchemeDraft.objects.filter(state=SchemeDraft.State.WAITING)
    return waiting.exclude(asked_by=viewer.actor).exclude(changed_by=viewer.actor).count()


def needs_review() -> bool:
    """Whether a second person has to look at a scheme before it is published."""
    return PublishingRule.objects.filter(needs_review=True).exists()


# -- writes ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def begin(viewer: Viewer, source: str, *, based_on: int | None = None, at: datetime) -> Draft:
    """Begin a draft; SchemeError where the text is no TOML."""
    viewer.require("schemes.edit")
    row = SchemeDraft.objects.create(
        name=_name(source),
        source=source,
        based_on=based_on,
        begun_by=viewer.actor,
        changed_by=viewer.actor,
        begun_at=at,
        changed_at=at,
    )
    _testify("begun", row, viewer, at)
    return _as_draft(row)


@transaction.atomic
def change(viewer: Viewer, uuid: UUID, source: str, *, revision: int, at: datetime) -> Draft:
    """Save another text; what waited for a second person is a draft again. DraftChangedError, UnknownDraftError."""
    viewer.require("schemes.edit")
    row = _locked(uuid)
    if row.revision != revision:
        raise DraftChangedError
    if row.source == source:
        return _as_draft(row)
    row.name, row.source, row.revision = _name(source), source, row.revision + 1
    row.changed_by, row.changed_at = viewer.actor, at
    row.state, row.asked_by = SchemeDraft.State.DRAFT, ""
    row.save()
    _testify("changed", row, viewer, at)
    return _as_draft(row)


@transaction.atomic
def discard(viewer: Viewer, uuid: UUID, *, at: datetime) -> None:
    """Throw a draft away."""
    viewer.require("schemes.edit")
    row = _locked(uuid)
    _testify("discarded", row, viewer, at)
    row.delete()


@transaction.atomic
def ask_for_review(viewer: Viewer, uuid: UUID, *, at: datetime) -> Draft:
    """Hand a draft to a second person."""
    viewer.require("schemes.edit")
    row = _locked(uuid)
    row.state, row.asked_by, row.note, row.changed_at = SchemeDraft.State.WAITING, viewer.actor, "", at
    row.save()
    _testify("handed-in", row, viewer, at)
    return _as_draft(row)


@transaction.atomic
def give_back(viewer: Viewer, uuid: UUID, *, note: str, at: datetime) -> Draft:
    """Return a draft with a word on why; NotWaitingError."""
    viewer.require("schemes.publish")
    row = _locked(uuid)
    if row.state != SchemeDraft.State.WAITING:
        raise NotWaitingError
    row.state, row.note, row.changed_at = SchemeDraft.State.DRAFT, note.strip()[:_LONGEST_NOTE], at
    row.save()
    _testify("given-back", row, viewer, at)
    return _as_draft(row)


@transaction.atomic
def publish(viewer: Viewer, uuid: UUID, *, revision: int, at: datetime) -> PublishedScheme:
    """Make the draft the next version of its scheme.

    DraftChangedError where it is not the text that the viewer saw. ReviewNeededError and OwnReviewError where a second
    person is asked for, and what ``services.publish`` refuses.
    """
    viewer.require("schemes.publish")
    row = _locked(uuid)
    if row.revision != revision:
        raise DraftChangedError
    if needs_review():
        if row.state != SchemeDraft.State.WAITING:
            raise ReviewNeededError
        if not _as_draft(row).may_be_reviewed_by(viewer):
            raise OwnReviewError
    published = services.publish(row.source, actor=viewer.actor, at=at)
    row.state = SchemeDraft.State.PUBLISHED
    row.save()
    _testify("published", row, viewer, at)
    return published


@transaction.atomic
def require_review(viewer: Viewer, *, is_needed: bool, at: datetime) -> None:
    """Say whether a second person has to look at schemes."""
    viewer.require("settings.manage")
    PublishingRule.objects.update_or_create(id=1, defaults={"needs_review": is_needed})
    audit.record("codes.review-rule", "schemes", {"needs_review": is_needed}, actor=viewer.actor, at=at)


def _open() -> models.QuerySet[SchemeDraft]:
    return SchemeDraft.objects.exclude(state=SchemeDraft.State.PUBLISHED)


def _locked(uuid: UUID) -> SchemeDraft:
    row = _open().select_for_update().filter(uuid=uuid).first()
    if row is None:
        raise UnknownDraftError
    return row


def _name(source: str) -> str:
    name = outline_of(source).settings.get("name", "")
    return name[:100] if isinstance(name, str) else ""


def _testify(what: str, row: SchemeDraft, viewer: Viewer, at: datetime) -> None:
    detail = {"draft": str(row.uuid), "revision": row.revision}
    audit.record(f"codes.draft-{what}", row.name or str(row.uuid), detail, actor=viewer.actor, at=at)


def _as_draft(row: SchemeDraft) -> Draft:
    return Draft(
        uuid=row.uuid,
        name=row.name,
        source=row.source,
        based_on=row.based_on,
        state=row.state,
        revision=row.revision,
        begun_by=row.begun_by,
        changed_by=row.changed_by,
        asked_by=row.asked_by,
        note=row.note,
        changed_at=row.changed_at,
    )
