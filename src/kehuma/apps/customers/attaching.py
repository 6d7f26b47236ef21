"""Files of a customer: content in the data folder under its digest, for the owner of the process only."""

import hashlib
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import record, scope
from kehuma.apps.customers.data import AttachmentRow, Ref
from kehuma.apps.customers.errors import FileError, UnknownError
from kehuma.apps.customers.models import Attachment
from kehuma.engine.cleaning.names import tidy_name
from kehuma.lib.viewer import Viewer

MOST_MEGABYTES = 20
_PIECE = 1 << 20


@transaction.atomic
def attach(viewer: Viewer, ref: Ref, name: str, file: BinaryIO, *, media_type: str = "", at: datetime) -> AttachmentRow:  # noqa: PLR0913 - one argument per fact
    """Keep a file for a customer. FileError where it is empty or larger than 20 MB."""
    viewer.require("customers.edit")
    (customer,) = scope.editable(viewer, [ref])
    digest, size = _kept(file)
    row = Attachment.objects.create(
        customer=customer,
        name=_file_name(name),
        media_type=media_type[:100] or "application/octet-stream",
        size=size,
        digest=digest,
        actor=viewer.actor,
        at=at,
    )
    detail = {"file": str(row.uuid), "bytes": size, "sha256": digest}
    audit.record("customers.attached", customer.code_id, detail, actor=viewer.actor, at=at)
    return record.attachment_row(row)


@transaction.atomic
def detach(viewer: Viewer, uuid: UUID, *, at: datetime) -> None:
    """Take a file away from a customer; its content stays in the data folder until nobody has it."""
    viewer.require("customers.edit")
    row = Attachment.objects.filter(uuid=uuid, deleted_at=None).first()
    if row is None:
        raise UnknownError("file")
    (customer,) = scope.editable(viewer, [row.customer_id])
    row.deleted_at = at
    row.save(update_fields=["deleted_at"])
    audit.record("customers.detached", customer.code_id, {"file": str(row.uuid)}, actor=viewer.actor, at=at)
    if not Attachment.objects.filter(digest=row.digest, deleted_at=None).exists():
        path = record.path_of(row.digest)
        transaction.on_commit(lambda: path.unlink(missing_ok=True))


def _kept(file: BinaryIO) -> tuple[str, int]:
    """The digest and size of the content, which lies in its place afterwards."""
    folder = Path(settings.KEHUMA_HOME) / "attachments"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    hashed, size = hashlib.sha256(), 0
    handle, temporary = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(handle, "wb") as target:
            while piece := file.read(_PIECE):
                size += len(piece)
                if size > MOST_MEGABYTES * _PIECE:
                    raise FileError("file-large", most=MOST_MEGABYTES)
                hashed.update(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        if not size:
            raise FileError("file-empty")
        path = record.path_of(hashed.hexdigest())
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return hashed.hexdigest(), size


def _file_name(name: str) -> str:
    """The name without folders and signs that no file system likes."""
    plain = tidy_name(name.replace("\\", "/").rpartition("/")[2])
    return "".join(sign for sign in plain if sign.isprintable() and sign not in '<>:"|?*')[-200:] or "file"
