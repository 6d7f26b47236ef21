from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def _lengthen(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ANN401, ARG001 - Django's signature
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER INDEX customers_searchtext_gin SET (gin_pending_list_limit = 65536)")


class Migration(migrations.Migration):
    """New rows wait longer for the search index, so that nobody's writing is held up by the merging."""

    dependencies = [("customers", "0014_retention")]

    operations = [migrations.RunPython(_lengthen, migrations.RunPython.noop)]
