"""Everything that the pages say in Chinese has its English."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    found = importlib.util.spec_from_file_location("translations", HERE / "tools" / "translations.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_nothing_lacks_its_english(tool: ModuleType) -> None:
    assert tool.catalogue()[1] == []


def test_the_compiled_catalogue_is_that_of_the_parts(tool: ModuleType) -> None:
    made, _missing = tool.catalogue()
    assert (tool.TARGET / "django.mo").read_bytes() == tool.compiled(made)


def test_places_stay_places(tool: ModuleType) -> None:
    """``{n}`` and ``%(n)s`` of the Chinese stand in the English too."""
    import re  # noqa: PLC0415

    places = re.compile(r"%\(\w+\)s|\{\w+\}")
    for message, english in tool.parts().items():
        for one in english if isinstance(english, tuple) else (english,):
            source = message if isinstance(message, str) else message[0]
            assert sorted(set(places.findall(one))) == sorted(set(places.findall(source))), message
