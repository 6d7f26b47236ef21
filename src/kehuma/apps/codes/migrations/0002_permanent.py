from django.db import migrations

from kehuma.lib.db.permanence import Permanent


class Migration(migrations.Migration):
    dependencies = [("codes", "0001_initial")]

    operations = [
        Permanent(
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
        ),
        Permanent(
            "codes_schemeversion",
            frozen=["id", "name", "number", "subject", "source", "effective", "published_at"],
            keys=[["name", "number"]],
        ),
        Permanent(
            "codes_dictionaryextension",
            frozen=["id", "name", "version", "entries", "digest", "imported_at"],
            keys=[["name", "version"]],
        ),
        Permanent("codes_counter", frozen=["id", "scheme", "key"], keys=[["scheme", "key"]], growing=["next"]),
        Permanent("codes_keycheck", frozen=["id", "value"]),
    ]
