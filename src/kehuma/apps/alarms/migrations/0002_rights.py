from typing import Any

from django.db import migrations

# Whoever has the first gets the second, beside it.
GIVEN = (("audit.view", "alarms.view"), ("settings.manage", "alarms.manage"))
AFTER = ("audit.sign", "audit.view", "webhooks.manage", "settings.manage")


def give(apps: Any, _schema_editor: object) -> None:
    """Whoever reads the log sees the alarms; whoever keeps the settings looks into them and keeps the thresholds."""
    for role in apps.get_model("access", "Role").objects.all():
        new = [right for before, right in GIVEN if before in role.permissions and right not in role.permissions]
        if not new:
            continue
        place = next(role.permissions.index(one) for one in AFTER if one in role.permissions) + 1
        role.permissions = [*role.permissions[:place], *new, *role.permissions[place:]]
        role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("alarms", "0001_alarms"), ("access", "0014_sharing")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
