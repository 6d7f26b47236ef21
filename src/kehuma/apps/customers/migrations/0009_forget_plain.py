from typing import Any

from django.db import connection, migrations

_TABLES = ("customer", "contact", "identifier", "fieldchange", "customvalue", "searchtext")
_GONE = ("name", "role", "mobile", "phone", "email", "wechat", "normal_mobile", "normal_phone")


def vacuum(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001 - Django calls it so
    """No page of the file, no segment of the search index and no dead row keeps what was sealed."""
    if not apps.get_model("customers", "Customer").objects.exists():
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO customers_searchtext_fts(customers_searchtext_fts) VALUES ('rebuild')")
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for name in _TABLES:
                cursor.execute(f"VACUUM FULL customers_{name}")


class Migration(migrations.Migration):
    # Neither store vacuums in a transaction.
    atomic = False
    dependencies = [("customers", "0008_seal")]

    operations = [
        *(migrations.RemoveField("contact", name) for name in _GONE),
        migrations.RunPython(vacuum, migrations.RunPython.noop),
    ]
