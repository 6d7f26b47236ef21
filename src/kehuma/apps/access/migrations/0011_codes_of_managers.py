from typing import Any

from django.db import migrations

BEFORE, RIGHT = "codes.label", "codes.manual"


def give(apps: Any, _schema_editor: object) -> None:
    """Managers see to the codes of their customers: by hand, kept, retired."""
    for role in apps.get_model("access", "Role").objects.filter(key="manager"):
        if RIGHT not in role.permissions:
            place = role.permissions.index(BEFORE) + 1 if BEFORE in role.permissions else len(role.permissions)
            role.permissions = [*role.permissions[:place], RIGHT, *role.permissions[place:]]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("access", "0010_keys_manage")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
