import re
import subprocess
import sys
from pathlib import Path

import pytest

from kehuma.lib import tabular
from kehuma.lib.tabular import TabularError
from kehuma.lib.tabular.errors import messages

PACKAGE = Path(tabular.__file__).parent


@pytest.mark.parametrize("message", sorted(messages()))
def test_each_message_names_the_same_facts_in_both_languages(message: str) -> None:
    zh, en = (re.findall(r"\{(\w+)\}", messages()[message][language]) for language in ("zh", "en"))
    assert sorted(zh) == sorted(en)


def test_each_message_is_used_and_each_one_used_is_there() -> None:
    code = "".join(path.read_text("utf-8") for path in PACKAGE.glob("*.py"))
    used = set(re.findall(r'"((?:[a-z]+-)+[a-z]+)"', code)) & set(messages())
    assert used == set(messages())
    assert set(re.findall(r'TabularError\(\s*"([\w-]+)"', code)) <= set(messages())


def test_an_error_never_grows_with_its_input() -> None:
    error = TabularError("no-file", path="x\n\u202e" + "y" * 1_000_000)
    assert len(str(error)) < 200
    assert "\\u000a\\u202e" in str(error)


def test_the_heavy_libraries_come_only_when_they_are_needed() -> None:
    heavy = "'pyarrow', 'xlsxwriter', 'python_calamine', 'charset_normalizer', 'duckdb'"
    code = f"import sys, kehuma.lib.tabular; sys.exit(any(name in sys.modules for name in ({heavy})))"
    path = str(PACKAGE.parents[2])
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": path}, check=False).returncode == 0
