from typing import Any

from django.db import migrations

ALL = [
    "customers.view", "customers.create", "customers.edit", "customers.delete", "customers.export",
    "customers.import", "customers.assign", "customers.reveal", "interactions.add", "tags.edit", "fields.manage",
    "schemes.view", "schemes.edit", "schemes.publish", "dictionaries.view", "dictionaries.edit", "codes.view",
    "codes.resolve", "codes.label", "users.manage", "roles.manage", "settings.manage", "audit.view",
    "backup.manage", "tasks.view",
]
NOT_MANAGER = {
    "fields.manage", "schemes.publish", "users.manage", "roles.manage", "settings.manage", "audit.view",
    "backup.manage",
}
MEMBER = {
    "customers.view", "customers.create", "customers.edit", "customers.reveal", "interactions.add", "tags.edit",
    "schemes.view", "dictionaries.view", "codes.view", "codes.resolve", "codes.label",
}
AUDITOR = {
    "customers.view", "schemes.view", "dictionaries.view", "codes.view", "codes.resolve", "audit.view", "tasks.view",
}

ROLES = (
    ("admin", "管理员", "Administrator", ALL, "all", ["public", "internal", "personal", "sensitive"]),
    (
        "manager", "经理", "Manager", [one for one in ALL if one not in NOT_MANAGER], "team",
        ["public", "internal", "personal"],
    ),
    ("member", "成员", "Member", [one for one in ALL if one in MEMBER], "own", ["public", "internal"]),
    ("auditor", "审计", "Auditor", [one for one in ALL if one in AUDITOR], "all", ["public", "internal"]),
)


def seed(apps: Any, _schema_editor: object) -> None:
    Role = apps.get_model("access", "Role")
    for key, zh, en, permissions, scope, sees in ROLES:
        Role.objects.create(key=key, zh=zh, en=en, permissions=permissions, scope=scope, sees=sees)
    # Whoever could do everything before there were roles still can.
    apps.get_model("access", "User").objects.filter(role=None).update(role=Role.objects.get(key="admin"))


class Migration(migrations.Migration):
    dependencies = [("access", "0002_people")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
