"""The conditions of the views that people keep are sealed, under a key for each person."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from kehuma.apps.access import list_views
from kehuma.apps.sealing import services as subjects
from kehuma.lib.db import secure


def seal(apps: Any, schema_editor: Any) -> None:  # noqa: ANN401 - historical models
    """Seal what people keep; StoreSealedError, and nothing has happened."""
    secure.forget_what_is_deleted(schema_editor.connection)
    keys: dict[int, subjects.Subject] = {}
    for row in apps.get_model("access", "ListView").objects.order_by("pk"):
        if row.user_id not in keys:
            (keys[row.user_id],) = subjects.new_subjects(1)
        key = keys[row.user_id]
        row.subject_id, row.sealed = key.id, list_views.sealed(key.key, row.uuid, row.query)
        row.save(update_fields=["subject", "sealed"])
    # PostgreSQL alters no table for which it has still something to check.
    schema_editor.connection.check_constraints()


class Migration(migrations.Migration):
    """Columns for what is sealed, and the readable one goes."""

    dependencies = [
        ("sealing", "0002_first_keys"),
        ("access", "0012_customers_erase"),
    ]

    operations = [
        migrations.AddField("listview", "sealed", models.BinaryField(null=True)),
        migrations.AddField(
            "listview",
            "subject",
            models.ForeignKey(
                null=True,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sealing.subjectkey",
            ),
        ),
        migrations.RunPython(seal),
        migrations.RemoveField("listview", "query"),
        migrations.AlterField("listview", "sealed", models.BinaryField()),
        migrations.AlterField(
            "listview",
            "subject",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sealing.subjectkey",
            ),
        ),
    ]
