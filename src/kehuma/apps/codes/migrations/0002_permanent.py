from django.db import migrations

from kehuma.lib.db.permanence import never_lower, permanent_table


class Migration(migrations.Migration):
    dependencies = [("codes", "0001_initial")]

    operations = [
        migrations.RunSQL(
            permanent_table(
                "codes_code",
                frozen=[
                    "id",
                    "identity",
                    "loose",
                    "version_id",
                    "counter_id",
                    "number",
                    "snapshot",
                    "request",
                    "facts",
                    "issued_at",
                ],
                keys=[["identity"], ["counter_id", "number"], ["request"]],
            )
        ),
        migrations.RunSQL(
            permanent_table(
                "codes_schemeversion",
                frozen=["id", "name", "number", "subject", "source", "effective", "published_at"],
                keys=[["name", "number"]],
            )
        ),
        migrations.RunSQL(
            permanent_table(
                "codes_dictionaryextension",
                frozen=["id", "name", "version", "entries", "digest", "imported_at"],
                keys=[["name", "version"]],
            )
        ),
        migrations.RunSQL(
            (
                *permanent_table("codes_counter", frozen=["id", "scheme", "key"], keys=[["scheme", "key"]]),
                never_lower("codes_counter", "next"),
            )
        ),
        migrations.RunSQL(permanent_table("codes_keycheck", frozen=["id", "value"], keys=[])),
    ]
