"""The page of components draws each of them."""

import re
from pathlib import Path

import pytest
from django.test import Client

import kehuma.web

TEMPLATES = Path(kehuma.web.__path__[0]) / "templates"
COMPONENTS = sorted(path.stem.replace("_", "-") for path in (TEMPLATES / "cotton").glob("*.html"))


def test_every_component_stands_on_the_page() -> None:
    drawn = "".join(path.read_text("utf-8") for path in (TEMPLATES / "pages" / "components").glob("*.html"))
    within = "".join(path.read_text("utf-8") for path in (TEMPLATES / "cotton").glob("*.html"))
    used = set(re.findall(r"<c-([a-z-]+)", drawn)) | {"dialog"} & set(re.findall(r"<c-([a-z-]+)", within))
    assert [name for name in COMPONENTS if name not in used] == []


def test_the_page_is_whole(clerk: Client) -> None:
    page = clerk.get("/components/").content.decode()
    assert "<c-" not in page
    assert "{{" not in page
    assert "None" not in page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(set(ids)) == sorted(ids)


def test_every_control_has_a_name(clerk: Client) -> None:
    page = clerk.get("/components/").content.decode()
    labelled = set(re.findall(r'<label[^>]*\sfor="([^"]+)"', page))
    for control in re.findall(r"<(?:input|select|textarea)\b[^>]*>", page):
        name = re.search(r'\sid="([^"]+)"', control)
        is_hidden = 'type="hidden"' in control
        is_inside = 'type="checkbox"' in control or 'type="radio"' in control or "w-5" in control
        assert is_hidden or is_inside or "aria-label" in control or (name and name[1] in labelled), control


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_styles_nothing_inline(component: str) -> None:
    text = (TEMPLATES / "cotton" / f"{component.replace('-', '_')}.html").read_text("utf-8")
    assert " style=" not in text
