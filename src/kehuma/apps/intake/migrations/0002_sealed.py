"""What came with a file is sealed: columns, rows and the file itself of imports that are there already, too."""

import shutil
from typing import Any

import django.db.models.deletion
from django.db import migrations, models, transaction

from kehuma.apps.intake import contents, files, staging
from kehuma.apps.intake.data import Contents
from kehuma.lib import sealed_files
from kehuma.lib.db import secure

_CHUNK = 500
_CONTENTS = ("name", "reading", "header", "sample", "columns", "words", "estimate")
_ROW = ("number", "key", "title", "cells", "mended", "error", "duplicates", "state", "decision", "outcome")
_FAULT = ("field", "value", "zh", "en", "suggestion")


def seal(apps: Any, schema_editor: Any) -> None:  # noqa: ANN401 - historical models
    """Seal all that is there, one batch after the other; StoreSealedError, and nothing has happened."""
    batches = apps.get_model("intake", "ImportBatch").objects
    secure.forget_what_is_deleted(schema_editor.connection)
    for batch in batches.filter(subject=None, cleared_at=None).iterator():
        contents.begin(batch, Contents(**{name: getattr(batch, name) for name in _CONTENTS}))
        _seal_file(batch)
        batch.save(update_fields=["subject", "sealed", "file"])
        _seal_rows(apps, batch)
    # The names of files have gone into what was done with them.
    for batch in batches.exclude(customer_batch=None).iterator():
        apps.get_model("customers", "Batch").objects.filter(uuid=batch.customer_batch).update(title=batch.source)


def _seal_file(batch: Any) -> None:  # noqa: ANN401 - as above
    plain = files.folder() / batch.file
    if not batch.file or not plain.exists():
        return
    batch.file = f"{batch.uuid.hex}-sealed{''.join(plain.suffixes[-2:])}"
    with plain.open("rb") as source, sealed_files.writing(files.folder() / batch.file, contents.place_of(batch)) as kept:
        shutil.copyfileobj(source, kept)
    # Where the migration comes to nothing, the file is still wanted.
    transaction.on_commit(lambda: plain.unlink(missing_ok=True))


def _seal_rows(apps: Any, batch: Any) -> None:  # noqa: ANN401 - as above
    faults = apps.get_model("intake", "ImportFault").objects
    for row in apps.get_model("intake", "ImportRow").objects.filter(batch=batch).iterator(chunk_size=_CHUNK):
        plain = staging.Row(**{name: getattr(row, name) for name in _ROW})
        row.sealed, row.is_damaged = staging.sealed_row(plain, batch.key), not row.key
        row.save(update_fields=["sealed", "is_damaged"])
        for fault in faults.filter(row=row):
            found = staging.Fault(*(getattr(fault, name) for name in _FAULT))
            fault.sealed, fault.alike, fault.is_suggested = staging.sealed_fault(batch, row.number, found)
            fault.save(update_fields=["sealed", "alike", "is_suggested"])


class Migration(migrations.Migration):
    """Columns for what is sealed, what is there moves into them, and the readable ones go."""

    dependencies = [
        ("customers", "0003_export"),
        ("intake", "0001_initial"),
        ("sealing", "0002_first_keys"),
    ]

    operations = [
        migrations.AddField(
            "importbatch",
            "subject",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sealing.subjectkey",
            ),
        ),
        migrations.AddField("importbatch", "sealed", models.BinaryField(null=True)),
        migrations.AddField("importrow", "sealed", models.BinaryField(default=b""), preserve_default=False),
        migrations.AddField("importrow", "is_damaged", models.BooleanField(default=False)),
        migrations.AddField("importfault", "sealed", models.BinaryField(default=b""), preserve_default=False),
        migrations.AddField(
            "importfault", "alike", models.BinaryField(default=b"", max_length=16), preserve_default=False
        ),
        migrations.AddField("importfault", "is_suggested", models.BooleanField(default=False)),
        migrations.RunPython(seal),
        *(migrations.RemoveField("importbatch", name) for name in (*_CONTENTS, "digest")),
        *(
            migrations.RemoveField("importrow", name)
            for name in ("key", "title", "cells", "mended", "error", "duplicates")
        ),
        *(migrations.RemoveField("importfault", name) for name in ("value", "zh", "en", "suggestion")),
    ]
