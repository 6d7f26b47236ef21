"""From nothing to a working rule in three clicks."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kehuma.apps.codes import drafts, queries, services
from kehuma.lib.shipped import folder
from kehuma.lib.viewer import Viewer
from kehuma.web.coding.shipped import shipped

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SCHEMES = folder() or Path()


def test_every_shipped_rule_is_in_the_gallery_with_ten_codes(keeper: Client) -> None:
    page = keeper.get("/schemes/").content.decode()
    assert len(shipped()) == len(list(SCHEMES.glob("*.toml")))
    for one in shipped():
        assert one.scheme.title.zh in page
        card = page[page.index(f'aria-label="{one.scheme.title.zh}"') :]
        assert len(re.findall('class="code"', card[: card.index("</section>")])) == 10


def test_choose_look_publish(keeper: Client) -> None:
    looked = keeper.get("/schemes/shipped/region-industry/")
    assert "BJ-IT-0001-Y" in re.sub("<[^>]+>", "", looked.content.decode())
    done = keeper.post("/schemes/shipped/region-industry/publish/", follow=True)
    assert done.redirect_chain == [("/schemes/region-industry/", 302)]
    assert queries.scheme("region-industry", NOON).number == 1


@pytest.mark.parametrize("name", [one.name for one in shipped()])
def test_every_shipped_rule_can_be_looked_at_and_published_on_its_own(keeper: Client, name: str) -> None:
    assert keeper.get(f"/schemes/shipped/{name}/").status_code == 200
    keeper.post(f"/schemes/shipped/{name}/publish/")
    assert queries.versions(name)
    assert keeper.get(f"/schemes/{name}/").status_code == 200


def test_a_rule_brings_the_rule_of_its_parents(keeper: Client) -> None:
    assert "总部编码" in keeper.get("/schemes/shipped/branch/").content.decode()
    keeper.post("/schemes/shipped/branch/publish/")
    assert [one.name for one in queries.versions()] == ["headquarters", "branch"]


def test_a_rule_that_collides_with_one_in_use_says_so_and_is_not_published(keeper: Client, viewer: Viewer) -> None:
    other = 'kehuma = 1\nname = "other"\ntitle.zh = "会员号"\ntemplate = "C-{serial:5}-X"'
    services.publish(other, actor=viewer.actor, at=NOON)
    looked = keeper.get("/schemes/shipped/stepped/").content.decode()
    assert "与「other」相撞" in looked
    assert "不能发布" in looked
    done = keeper.post("/schemes/shipped/stepped/publish/", follow=True)
    assert "没有发布" in done.content.decode()
    assert not queries.versions("stepped")


def test_a_collision_that_a_rule_declares_is_told_and_allowed(keeper: Client) -> None:
    keeper.post("/schemes/shipped/region-industry-plain/publish/")
    assert "相交" in keeper.get("/schemes/shipped/region-industry-one-counter/").content.decode()
    keeper.post("/schemes/shipped/region-industry-one-counter/publish/")
    assert queries.versions("region-industry-one-counter")


def test_a_shipped_rule_becomes_a_draft_once(keeper: Client, viewer: Viewer) -> None:
    first = keeper.post("/schemes/drafts/new/", {"shipped": "stepped"})
    again = keeper.post("/schemes/drafts/new/", {"shipped": "stepped"})
    assert first["Location"] == again["Location"]
    assert len(drafts.drafts(viewer)) == 1


def test_an_empty_draft_has_a_number_already(keeper: Client) -> None:
    opened = keeper.post("/schemes/drafts/new/", follow=True).content.decode()
    assert "C{serial:4}" in opened


def test_an_upload_that_is_no_rule_file_is_explained(keeper: Client, viewer: Viewer) -> None:
    done = keeper.post("/schemes/drafts/new/", {"text": "这不是规则"}, follow=True)
    assert "没有采用上传的文件" in done.content.decode()
    assert drafts.drafts(viewer) == []


def test_a_name_that_is_not_shipped_is_not_found(keeper: Client) -> None:
    assert keeper.get("/schemes/shipped/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("path", "method"),
    [
        pytest.param("/schemes/shipped/stepped/publish/", "post", id="publish"),
        pytest.param("/schemes/drafts/new/", "post", id="begin a draft"),
        pytest.param("/schemes/review-rule/", "post", id="the rule of review"),
    ],
)
def test_who_may_not_is_refused(clerk_of_codes: Client, path: str, method: str) -> None:
    assert getattr(clerk_of_codes, method)(path).status_code == 403
    assert not queries.versions()


def test_a_stranger_is_sent_to_sign_in(visitor: Client) -> None:
    assert visitor.get("/schemes/")["Location"].startswith("/sign-in/")


def test_the_list_costs_as_many_queries_for_three_rules_as_for_one(
    keeper: Client, viewer: Viewer, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for name in ("stepped", "headquarters", "country-grade"):
        source = (SCHEMES / f"{name}.toml").read_text("utf-8")
        services.publish(source, actor=viewer.actor, at=NOON)
    with django_assert_max_num_queries(40):
        keeper.get("/schemes/")
