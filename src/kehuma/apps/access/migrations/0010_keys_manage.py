from typing import Any

from django.db import migrations

BEFORE, RIGHT = "backup.manage", "keys.manage"


def give(apps: Any, _schema_editor: object) -> None:
    """Whoever may take a copy of everything away may also keep the keys to it."""
    for role in apps.get_model("access", "Role").objects.all():
        if BEFORE in role.permissions and RIGHT not in role.permissions:
            place = role.permissions.index(BEFORE) + 1
            role.permissions = [*role.permissions[:place], RIGHT, *role.permissions[place:]]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("access", "0009_webhooks")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
