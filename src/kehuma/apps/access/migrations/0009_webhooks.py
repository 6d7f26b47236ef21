from typing import Any

from django.db import migrations

RIGHT = "webhooks.manage"


def give(apps: Any, _schema_editor: object) -> None:
    """Whoever may change the settings says who else is told of what happens."""
    for role in apps.get_model("access", "Role").objects.all():
        if "settings.manage" in role.permissions and RIGHT not in role.permissions:
            place = role.permissions.index("settings.manage") + 1
            role.permissions = [*role.permissions[:place], RIGHT, *role.permissions[place:]]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("access", "0008_audit_sign")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
