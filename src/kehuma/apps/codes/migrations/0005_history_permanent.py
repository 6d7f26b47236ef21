from django.db import migrations

from kehuma.lib.db.permanence import Permanent


class Migration(migrations.Migration):
    dependencies = [("codes", "0004_history")]

    operations = [
        Permanent(
            "codes_statechange",
            frozen=["id", "code_id", "before", "after", "reason", "by_id", "note", "actor", "at"],
        ),
        Permanent(
            "codes_reservation",
            frozen=["id", "code_id", "owner", "until"],
            keys=[["code_id"]],
            growing=["ended"],
        ),
        Permanent(
            "codes_alias",
            frozen=["id", "code_id", "system", "kind", "exact", "loose", "turn", "actor", "at"],
            keys=[["system", "exact", "turn"]],
        ),
        Permanent("codes_aliasend", frozen=["id", "alias_id", "reason", "actor", "at"], keys=[["alias_id"]]),
        Permanent("codes_skip", frozen=["id", "counter_id", "first", "last", "reason", "text", "actor", "at"]),
    ]
