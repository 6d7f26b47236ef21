"""Everything that may say something about a person stands in the reference, with how it is kept and how long."""

import re
from pathlib import Path

from django.apps import apps

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "personal-data.md"
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| [^|]+ \| [^|]+ \| [^|]+ \|$", re.MULTILINE)


def _told() -> set[tuple[str, str]]:
    rows = ROW.findall(PAGE.read_text("utf-8"))
    return {(table, column) for table, columns in rows for column in re.findall(r"`(\w+)`", columns)}


def _declared() -> set[tuple[str, str]]:
    ours = [model for model in apps.get_models() if model.__module__.startswith("kehuma.")]
    return {(model._meta.db_table, column) for model in ours for column in model.personal_data}  # type: ignore[attr-defined]


def test_the_reference_names_each_column_that_holds_personal_data_and_no_other() -> None:
    assert _told() == _declared()


def test_a_column_that_is_declared_is_there() -> None:
    ours = [model for model in apps.get_models() if model.__module__.startswith("kehuma.")]
    for model in ours:
        assert model.personal_data.keys() <= {one.name for one in model._meta.get_fields()}, model  # type: ignore[attr-defined]
