from typing import Any

from django.db import migrations

from kehuma.apps.sealing import beginning
from kehuma.lib import clock


def begin(apps: Any, _schema_editor: object) -> None:
    """Here and nowhere else: a table that has lost its rows seals what there is, and never begins anew."""
    first = beginning.first(clock.now())
    apps.get_model("sealing", "Opener").objects.create(**first.opener)
    apps.get_model("sealing", "KeyVersion").objects.create(**first.version)


class Migration(migrations.Migration):
    dependencies = [("sealing", "0001_keys")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
