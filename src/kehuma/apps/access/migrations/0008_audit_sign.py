from typing import Any

from django.db import migrations

BEFORE, RIGHT = "audit.view", "audit.sign"


def give(apps: Any, _schema_editor: object) -> None:
    """Whoever may see the log may sign it off."""
    for role in apps.get_model("access", "Role").objects.all():
        if BEFORE in role.permissions and RIGHT not in role.permissions:
            place = role.permissions.index(BEFORE) + 1
            role.permissions = [*role.permissions[:place], RIGHT, *role.permissions[place:]]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("access", "0007_idle_days")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
