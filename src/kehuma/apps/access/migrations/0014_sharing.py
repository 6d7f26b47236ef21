from typing import Any

from django.db import migrations

BEFORE, SEE, MANAGE = "webhooks.manage", "sharing.view", "sharing.manage"


def give(apps: Any, _schema_editor: object) -> None:
    """Whoever may change the settings shares with outsiders; whoever reads the log sees with whom."""
    for role in apps.get_model("access", "Role").objects.all():
        held = set(role.permissions)
        given = [SEE, MANAGE] if "settings.manage" in held else [SEE] if "audit.view" in held else []
        if given and SEE not in held:
            place = role.permissions.index(BEFORE) + 1 if BEFORE in held else len(role.permissions)
            role.permissions = [*role.permissions[:place], *given, *role.permissions[place:]]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("access", "0013_sealed_views")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
