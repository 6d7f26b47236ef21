"""The views of lists that people keep for themselves. Of these there are no events: they change nobody's data.

What a list is narrowed by may be somebody's name, so the conditions are sealed: without a key there are no views.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from kehuma.apps.access import own
from kehuma.apps.access.data import ViewRow
from kehuma.apps.access.errors import TakenError, TooManyError, UnknownError
from kehuma.apps.access.models import ListView, User
from kehuma.apps.sealing import queries as sealing
from kehuma.apps.sealing import services as subjects
from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.apps.sealing.queries import Column, SubjectKey
from kehuma.lib.viewer import Viewer

_QUERY = Column("access_listview", "sealed")
_MOST = 30
_LONGEST, _LONGEST_QUERY = 40, 4000


def kept(viewer: Viewer, place: str) -> list[ViewRow]:
    """The viewer's views of this list, the oldest first; the default may be one without a name, see ``choose``."""
    if viewer.user_id is None:
        return []
    rows = list(ListView.objects.filter(user=viewer.user_id, place=place).order_by("pk"))
    try:
        queries = _queries(rows)
    except StoreSealedError:
        return []
    return [ViewRow(one.uuid, one.name, queries[one.pk], one.is_default) for one in rows]


@transaction.atomic
def keep(viewer: Viewer, place: str, name: str, query: str) -> UUID:
    """Keep a view under a name; the same name again replaces it.

    TooManyError, UnknownError without a name, StoreSealedError.
    """
    mine, said = _mine(viewer, place), _tidy(name)
    key = _key(viewer)
    row = mine.filter(name=said).first()
    if row is None:
        if mine.exclude(name="").count() >= _MOST:
            raise TooManyError("views", _MOST)
        row = ListView(user_id=own.id_of(viewer), place=place, name=said)
    _seal(row, key, query)
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
    """Let the list open with these conditions: a view of one's own, or one that everybody has; "" with none.

    StoreSealedError.
    """
    mine = _mine(viewer, place)
    key = _key(viewer) if query else None
    mine.filter(name="").delete()
    mine.filter(is_default=True).update(is_default=False)
    if key is None:
        return
    rows = list(mine.order_by("pk"))
    queries = _queries(rows)
    row = next((one for one in rows if queries[one.pk] == query), None)
    if row is None:
        row = ListView(user_id=own.id_of(viewer), place=place)
    row.is_default = True
    _seal(row, key, query)


def sealed(key: SubjectKey, uuid: UUID, query: str) -> bytes:
    """The conditions of a view as they are stored."""
    return subjects.seal_row(key, _QUERY, {"query": query[:_LONGEST_QUERY]}, row=uuid.hex)


def _seal(row: ListView, key: tuple[int, SubjectKey], query: str) -> None:
    row.subject_id, row.sealed = key[0], sealed(key[1], row.uuid, query)
    row.save()


def _key(viewer: Viewer) -> tuple[int, SubjectKey]:
    """The subject of all views of this person and its key, made with the first of them."""
    known = ListView.objects.filter(user=own.id_of(viewer)).order_by("pk").values_list("subject", flat=True).first()
    if known is None:
        made = subjects.new_subjects(1)[0]
        return made.id, made.key
    return known, sealing.opened_one(known)


def _queries(rows: Sequence[ListView]) -> dict[int, str]:
    keys = sealing.opened({one.subject_id for one in rows})
    return {
        one.pk: str(sealing.open_row(keys[one.subject_id], _QUERY, one.sealed, row=one.uuid.hex)["query"])
        for one in rows
    }


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
