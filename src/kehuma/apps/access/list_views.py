"""The views of lists that people keep for themselves. Of these there are no events: they change nobody's data."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from kehuma.apps.access import own
from kehuma.apps.access.data import ViewRow
from kehuma.apps.access.errors import TakenError, TooManyError, UnknownError
from kehuma.apps.access.models import ListView, User
from kehuma.lib.viewer import Viewer

_MOST = 30
_LONGEST, _LONGEST_QUERY = 40, 4000


def kept(viewer: Viewer, place: str) -> list[ViewRow]:
    """The viewer's views of this list, the oldest first; the default may be one without a name, see ``choose``."""
    if viewer.user_id is None:
        return []
    rows = ListView.objects.filter(user=viewer.user_id, place=place).order_by("pk")
    return [ViewRow(one.uuid, one.name, one.query, one.is_default) for one in rows]


@transaction.atomic
def keep(viewer: Viewer, place: str, name: str, query: str) -> UUID:
    """Keep a view under a name; the same name again replaces it. TooManyError, UnknownError without a name."""
    mine, said = _mine(viewer, place), _tidy(name)
    row = mine.filter(name=said).first()
    if row is None:
        if mine.exclude(name="").count() >= _MOST:
            raise TooManyError("views", _MOST)
        row = ListView(user_id=own.id_of(viewer), place=place, name=said)
    row.query = query[:_LONGEST_QUERY]
    row.save()
    return row.uuid


@transaction.atomic
def rename(viewer: Viewer, uuid: UUID, name: str) -> None:
    """Another name. TakenError, UnknownError."""
    row, said = _one(viewer, uuid), _tidy(name)
    if _mine(viewer, row.place).filter(name=said).exclude(pk=row.pk).exists():
        raise TakenError("view", said)
    row.name = said
    row.save(update_fields=["name"])


@transaction.atomic
def forget(viewer: Viewer, uuid: UUID) -> None:
    """Let a view go; UnknownError."""
    _one(viewer, uuid).delete()


@transaction.atomic
def choose(viewer: Viewer, place: str, query: str) -> None:
    """Let the list open with these conditions: a view of one's own, or one that everybody has; "" with none."""
    mine = _mine(viewer, place)
    mine.filter(name="").delete()
    mine.filter(is_default=True).update(is_default=False)
    if not query:
        return
    row = mine.filter(query=query).order_by("pk").first() or ListView(
        user_id=own.id_of(viewer), place=place, query=query
    )
    row.is_default = True
    row.save()


def _mine(viewer: Viewer, place: str) -> QuerySet[ListView]:
    user = own.id_of(viewer)
    # Whoever has two windows open changes the views in one of them at a time.
    User.objects.select_for_update().get(pk=user)
    return ListView.objects.filter(user=user, place=place)


def _one(viewer: Viewer, uuid: UUID) -> ListView:
    row = ListView.objects.filter(user=own.id_of(viewer), uuid=uuid).exclude(name="").first()
    if row is None:
        raise UnknownError("view")
    return row


def _tidy(name: str) -> str:
    said = " ".join(name.split())[:_LONGEST]
    if not said:
        raise UnknownError("view")
    return said
