"""Where the files of customers lie, what they are sealed for, and opening them."""

from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from kehuma.apps.customers import scope
from kehuma.apps.customers.data import AttachmentRow
from kehuma.apps.customers.errors import FileError, UnknownError
from kehuma.apps.customers.models import Attachment, Customer
from kehuma.apps.customers.sealed import Keys, Unopened
from kehuma.apps.sealing.queries import Column, SubjectKey, open_row
from kehuma.apps.sealing.services import seal_row
from kehuma.engine.encryption.streams import Place
from kehuma.lib import sealed_files
from kehuma.lib.viewer import Viewer

_NAME, _CONTENT = Column("customers_attachment", "sealed"), Column("customers_attachment", "content")


def path_of(uuid: UUID) -> Path:
    """Where the content of a file lies."""
    return Path(settings.KEHUMA_HOME) / "attachments" / uuid.hex[:2] / uuid.hex


def place_of(key: SubjectKey, uuid: UUID) -> Place:
    """What the content is sealed for."""
    return Place(key, _CONTENT, uuid.hex)


def seal_name(key: SubjectKey, uuid: UUID, name: str) -> bytes:
    """The name, sealed."""
    return seal_row(key, _NAME, {"name": name}, row=uuid.hex)


def attachment(viewer: Viewer, uuid: UUID) -> tuple[AttachmentRow, BinaryIO]:
    """A file and its content, which the caller closes; UnknownError, StoreSealedError, FileError where it is gone."""
    found = Attachment.objects.filter(uuid=uuid, deleted_at=None).first()
    customer = scope.visible(viewer).filter(pk=found.customer_id).first() if found else None
    if found is None or customer is None:
        raise UnknownError("file")
    keys = Keys.of([customer])
    try:
        content = sealed_files.opened(path_of(uuid), place_of(keys.require(customer), uuid))
    except FileNotFoundError:
        raise FileError("file-gone") from None
    return row(viewer, found, customer, keys), content


def row(viewer: Viewer, one: Attachment, customer: Customer, keys: Keys) -> AttachmentRow:
    """A file as a value; in place of a name that does not open stands why."""
    key = keys.get(customer.subject_id)
    name = key.said(viewer.language) if isinstance(key, Unopened) else _name(key, one)
    return AttachmentRow(one.uuid, name, one.media_type, one.size, one.actor, one.at)


def _name(key: SubjectKey, one: Attachment) -> str:
    return str(open_row(key, _NAME, one.sealed, row=one.uuid.hex)["name"])
