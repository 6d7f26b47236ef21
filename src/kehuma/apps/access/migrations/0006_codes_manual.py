from typing import Any

from django.db import migrations

RIGHT = "codes.manual"


def give(apps: Any, _schema_editor: object) -> None:
    """Whoever may publish rules may also say what becomes of their codes."""
    for role in apps.get_model("access", "Role").objects.all():
        if "schemes.publish" in role.permissions and RIGHT not in role.permissions:
            place = role.permissions.index("schemes.publish")
            after = [one for one in role.permissions[place:] if one.startswith(("schemes.", "dictionaries.", "codes."))]
            place = role.permissions.index(after[-1]) + 1
            role.permissions = [*role.permissions[:place], RIGHT, *role.permissions[place:]]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("access", "0005_machine_keys")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
