"""Tags and fields of one's own."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kehuma.apps.access import queries as access
from kehuma.apps.access.models import User
from kehuma.apps.customers.defining import RESERVED
from kehuma.apps.customers.fields import BUILTIN
from kehuma.apps.customers.models import CustomField, Tag
from kehuma.lib import lists
from kehuma.web.customers import listing
from kehuma.web.customers.coding import Coder

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
# What pages read of a request, and what their forms send.
_ASKED = re.compile(r"(?:GET|POST|params)\.get(?:list)?\(\"(\w+)\"")
_NAMED = re.compile(r"<(?:input|button|select|textarea)[^<>]* name=\"(\w+)\"")
GRADE = {"zh": "产品等级", "en": "Grade", "key": "grade", "type": "choice", "choices": "A = A 级 = Grade A\nB = B 级",
         "field_class": "internal", "filterable": "on"}  # fmt: skip


def _text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def as_admin(admin: User, client_of: Callable[[User], Client]) -> Client:
    """林静怡's browser."""
    return client_of(admin)


def test_a_field_appears_in_form_list_and_filter(as_admin: Client, as_wang: Client, hengyue: str) -> None:
    assert as_admin.post("/fields/new/", GRADE)["Location"] == "/fields/"
    assert "产品等级" in _text(as_wang.get("/customers/new/"))
    as_wang.post(f"/customers/{hengyue}/profile/", {"name": "北京衡岳数据技术有限公司", "grade": "A", "version": "1"})
    assert "A 级" in _text(as_wang.get(f"/customers/{hengyue}/"))
    assert "A 级" in _text(as_wang.get("/customers/?column=code&column=grade"))
    assert hengyue in _text(as_wang.get("/customers/?grade=A"))
    assert hengyue not in _text(as_wang.get("/customers/?grade=B"))


def test_a_definition_changes_but_not_its_key(as_admin: Client) -> None:
    as_admin.post("/fields/new/", GRADE)
    assert 'name="key"' not in _text(as_admin.get("/fields/grade/"))
    as_admin.post("/fields/grade/", {**GRADE, "zh": "客户等级"})
    assert CustomField.objects.get(key="grade").zh == "客户等级"
    as_admin.post("/fields/grade/retire/")
    assert as_admin.get("/fields/grade/").status_code == 404
    assert "客户等级" in _text(as_admin.get("/fields/"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"key": "Grade!"}, "字段的键", id="a bad key"),
        pytest.param({"choices": ""}, "至少要有一个选项", id="no choices"),
        pytest.param({"key": "name"}, "已有字段", id="a key that is taken"),
    ],
)
def test_a_bad_definition_is_explained(as_admin: Client, given: dict[str, str], said: str) -> None:
    answer = as_admin.post("/fields/new/", {**GRADE, **given})
    assert answer.status_code == 422
    assert said in _text(answer)


def test_who_may_not_define_fields_is_refused(as_wang: Client) -> None:
    assert as_wang.get("/fields/").status_code == 403
    assert as_wang.post("/fields/new/", GRADE).status_code == 403


def test_tags_are_made_renamed_and_deleted(as_wang: Client) -> None:
    as_wang.post("/tags/new/", {"name": "月结 30 天"})
    tag = Tag.objects.get()
    assert "月结 30 天" in _text(as_wang.get("/tags/"))
    as_wang.post(f"/tags/{tag.pk}/rename/", {"name": "月结 60 天"})
    assert Tag.objects.get().name == "月结 60 天"
    as_wang.post(f"/tags/{tag.pk}/delete/")
    assert not Tag.objects.exists()


def test_a_tag_without_a_name_or_twice_is_explained(as_wang: Client) -> None:
    assert as_wang.post("/tags/new/", {"name": " "}).status_code == 422
    as_wang.post("/tags/new/", {"name": "月结"})
    answer = as_wang.post("/tags/new/", {"name": "月结"})
    assert answer.status_code == 422
    assert "已有标签" in _text(answer)


def test_no_field_can_have_the_key_of_a_parameter(admin: User) -> None:
    viewer = access.viewer_of(admin)
    known = RESERVED | set(BUILTIN)
    drawn = listing.listing(viewer, NOON, Coder())
    words = {one.key for one in drawn.columns} | {one.key for one in drawn.filters}
    folder = Path(listing.__file__).parent
    for source in (*folder.glob("*.py"), Path(lists.__file__)):
        words |= set(_ASKED.findall(source.read_text("utf-8")))
    for template in (folder.parent / "templates" / "pages" / "customers").glob("*.html"):
        words |= set(_NAMED.findall(template.read_text("utf-8")))
    assert words - known == set()
