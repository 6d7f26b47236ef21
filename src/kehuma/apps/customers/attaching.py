"""Files of a customer: content and name sealed under its key, in the data folder."""

import hashlib
from datetime import datetime
from functools import partial
from typing import BinaryIO
from uuid import UUID, uuid4

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import files, scope
from kehuma.apps.customers.belongings import key_for
from kehuma.apps.customers.data import AttachmentRow, Ref
from kehuma.apps.customers.errors import FileError, UnknownError
from kehuma.apps.customers.models import Attachment
from kehuma.apps.customers.sealed import Keys
from kehuma.apps.sealing import queries as sealing
from kehuma.apps.sealing.queries import SubjectKey
from kehuma.engine.cleaning.names import tidy_name
from kehuma.lib import sealed_files
from kehuma.lib.viewer import Viewer

MOST_MEGABYTES = 20
_PIECE = 1 << 20


@transaction.atomic
def attach(viewer: Viewer, ref: Ref, name: str, file: BinaryIO, *, media_type: str = "", at: datetime) -> AttachmentRow:  # noqa: PLR0913 - one argument per fact
    """Keep a file for a customer. FileError where it is empty or larger than 20 MB; StoreSealedError."""
    viewer.require("customers.edit")
    (customer,) = scope.editable(viewer, [ref])
    key, uuid = key_for(customer), uuid4()
    size, fingerprint = _kept(file, uuid, key)
    try:
        row = Attachment.objects.create(
            uuid=uuid,
            customer=customer,
            sealed=files.seal_name(key, uuid, _file_name(name)),
            media_type=media_type[:100] or "application/octet-stream",
            size=size,
            actor=viewer.actor,
            at=at,
        )
        # Who still has the file can show that it was this one; without our key the fingerprint tells nobody anything.
        detail = {"file": str(uuid), "bytes": size, "fingerprint": fingerprint}
        audit.record("customers.attached", customer.code_id, detail, actor=viewer.actor, at=at)
    except BaseException:
        files.path_of(uuid).unlink(missing_ok=True)
        raise
    return files.row(viewer, row, customer, Keys.of([customer]))


@transaction.atomic
def detach(viewer: Viewer, uuid: UUID, *, at: datetime) -> None:
    """Take a file away from a customer, and out of the data folder."""
    viewer.require("customers.edit")
    row = Attachment.objects.filter(uuid=uuid, deleted_at=None).first()
    if row is None:
        raise UnknownError("file")
    (customer,) = scope.editable(viewer, [row.customer_id])
    row.deleted_at = at
    row.save(update_fields=["deleted_at"])
    audit.record("customers.detached", customer.code_id, {"file": str(row.uuid)}, actor=viewer.actor, at=at)
    transaction.on_commit(lambda: files.path_of(uuid).unlink(missing_ok=True))


def remove_files(customer_id: int) -> None:
    """The content of all files of a customer whose key was destroyed leaves the data folder with the transaction."""
    paths = [
        files.path_of(uuid) for uuid in Attachment.objects.filter(customer=customer_id).values_list("uuid", flat=True)
    ]
    for path in paths:
        transaction.on_commit(partial(path.unlink, missing_ok=True))


def _kept(file: BinaryIO, uuid: UUID, key: SubjectKey) -> tuple[int, str]:
    """The size of the content, which lies in its place afterwards, and its keyed fingerprint."""
    hashed = hashlib.sha256()
    with sealed_files.writing(files.path_of(uuid), files.place_of(key, uuid)) as target:
        while piece := file.read(_PIECE):
            if target.tell() + len(piece) > MOST_MEGABYTES * _PIECE:
                raise FileError("file-large", most=MOST_MEGABYTES)
            hashed.update(piece)
            target.write(piece)
        if not target.tell():
            raise FileError("file-empty")
        return target.tell(), sealing.index("customers.attachment").token(hashed.hexdigest()).hex()


def _file_name(name: str) -> str:
    """The name without folders and signs that no file system likes."""
    plain = tidy_name(name.replace("\\", "/").rpartition("/")[2])
    return "".join(sign for sign in plain if sign.isprintable() and sign not in '<>:"|?*')[-200:] or "file"
