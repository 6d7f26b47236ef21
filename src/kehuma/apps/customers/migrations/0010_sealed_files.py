"""Files of customers and lists on their way out are sealed: those that are there already, too."""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models, transaction

from kehuma.apps.customers import files
from kehuma.apps.customers.belongings import key_for
from kehuma.apps.customers.models import Customer
from kehuma.lib import sealed_files
from kehuma.lib.db import secure


def seal(apps: Any, schema_editor: Any) -> None:  # noqa: ANN401 - historical models
    """Seal names and content under the keys of the customers; StoreSealedError, and nothing has happened."""
    secure.forget_what_is_deleted(schema_editor.connection)
    plain: set[Path] = set()
    for row in apps.get_model("customers", "Attachment").objects.iterator():
        # The table is as it is today.
        key = key_for(Customer.objects.only("subject", "code").get(pk=row.customer_id))
        row.sealed = files.seal_name(key, row.uuid, row.name)
        row.save(update_fields=["sealed"])
        source = Path(settings.KEHUMA_HOME) / "attachments" / row.digest[:2] / row.digest
        plain.add(source)
        if row.deleted_at is None and source.exists():
            with (
                source.open("rb") as content,
                sealed_files.writing(files.path_of(row.uuid), files.place_of(key, row.uuid)) as target,
            ):
                shutil.copyfileobj(content, target)
    plain |= _forget_exports(apps)
    # Where the migration comes to nothing, the files are still wanted.
    for path in plain:
        transaction.on_commit(partial(path.unlink, missing_ok=True))


def _forget_exports(apps: Any) -> set[Path]:  # noqa: ANN401 - as above
    """They last a day: whoever wants one asks again."""
    exports = apps.get_model("customers", "Export").objects
    folder = Path(settings.KEHUMA_HOME) / "exports"
    found = {folder / f"{uuid.hex}.{kind}" for uuid, kind in exports.values_list("uuid", "kind")}
    exports.all().delete()
    return found


class Migration(migrations.Migration):
    """Columns for what is sealed, and the readable ones go."""

    dependencies = [
        ("customers", "0009_forget_plain"),
        ("sealing", "0002_first_keys"),
    ]

    operations = [
        migrations.AddField("attachment", "sealed", models.BinaryField(default=b""), preserve_default=False),
        migrations.RunPython(seal),
        migrations.RemoveField("attachment", "name"),
        migrations.RemoveField("attachment", "digest"),
        migrations.RemoveField("export", "query"),
        migrations.AddField("export", "sealed", models.BinaryField(default=b""), preserve_default=False),
        migrations.AddField(
            "export",
            "subject",
            models.ForeignKey(
                db_index=False,
                default=0,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sealing.subjectkey",
            ),
            preserve_default=False,
        ),
    ]
