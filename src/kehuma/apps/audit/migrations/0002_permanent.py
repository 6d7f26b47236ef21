from django.db import migrations

from kehuma.lib.db.permanence import permanent_table


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(
            permanent_table(
                "audit_event",
                frozen=["id", "uuid", "at", "actor", "kind", "subject", "detail"],
                keys=[["uuid"]],
            )
        ),
    ]
