"""What people wrote is sealed under the keys of the customers it is about."""

from typing import Any

from django.db import migrations, models

from kehuma.apps.customers.belongings import key_for
from kehuma.apps.customers.models import Customer
from kehuma.apps.interactions import words
from kehuma.lib.db import secure

_CHUNK = 500


def seal(apps: Any, schema_editor: Any) -> None:  # noqa: ANN401 - historical models
    """Seal all words that are there; StoreSealedError, and nothing has happened."""
    secure.forget_what_is_deleted(schema_editor.connection)
    for name, column in (("Interaction", "text"), ("FollowUp", "what")):
        model = apps.get_model("interactions", name)
        for row in model.objects.exclude(**{column: ""}).iterator(chunk_size=_CHUNK):
            # The customer's table is as it is today: the migrations of its package come first.
            customer = Customer.objects.only("subject", "code").get(pk=row.customer_id)
            row.sealed = words.sealed(row, customer, getattr(row, column))
            row.save(update_fields=["sealed"])


class Migration(migrations.Migration):
    """A column for what is sealed, and the readable one goes."""

    dependencies = [
        ("customers", "0010_sealed_files"),
        ("interactions", "0001_initial"),
    ]

    operations = [
        migrations.AddField("interaction", "sealed", models.BinaryField(null=True)),
        migrations.AddField("followup", "sealed", models.BinaryField(null=True)),
        migrations.RunPython(seal),
        migrations.RemoveField("interaction", "text"),
        migrations.RemoveField("followup", "what"),
    ]
