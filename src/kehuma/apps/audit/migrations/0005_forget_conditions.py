"""The conditions of exports of the log go: they may hold what somebody was looking for."""

from typing import Any

from django.db import migrations

from kehuma.lib.db import secure


def forget(apps: Any, schema_editor: Any) -> None:  # noqa: ANN401 - historical models
    """What waits for its file is asked for once more."""
    secure.forget_what_is_deleted(schema_editor.connection)
    work = apps.get_model("audit", "Work")
    work.objects.filter(kind="table", state__in=["waiting", "running"]).update(state="stopped")
    work.objects.exclude(query="").update(query="")


class Migration(migrations.Migration):
    """No table changes."""

    dependencies = [("audit", "0004_log_pages")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
