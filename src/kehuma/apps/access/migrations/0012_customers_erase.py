from typing import Any

from django.db import migrations

BEFORE, RIGHT = "customers.reveal", "customers.erase"


def give(apps: Any, _schema_editor: object) -> None:
    """Whoever may change the settings answers people who ask what is kept about them, and that it goes."""
    for role in apps.get_model("access", "Role").objects.all():
        if {BEFORE, "settings.manage"} <= set(role.permissions) and RIGHT not in role.permissions:
            place = role.permissions.index(BEFORE) + 1
            role.permissions = [*role.permissions[:place], RIGHT, *role.permissions[place:]]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("access", "0011_codes_of_managers")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
