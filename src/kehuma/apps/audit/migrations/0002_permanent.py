from django.db import migrations

from kehuma.lib.db.permanence import Permanent


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        Permanent(
            "audit_event",
            frozen=["id", "uuid", "at", "actor", "kind", "subject", "detail"],
            keys=[["uuid"]],
        ),
    ]
