"""From a draft to a version, alone or with a second person."""

from collections.abc import Callable

import pytest
from django.test import Client

from kehuma.apps.access.services import User
from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import drafts, queries, services
from kehuma.apps.codes.drafts import Draft
from kehuma.lib.viewer import Viewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(person: Callable[..., User], client_of: Callable[[User], Client]) -> Client:
    """赵总, who may publish as well."""
    return client_of(person("赵总", "zhao", "admin"))


@pytest.fixture
def reviewed(keeper: Client) -> None:
    """A second person is asked for."""
    keeper.post("/schemes/review-rule/", {"needed": "1"})


def _post(client: Client, draft: Draft, action: str, **data: object) -> str:
    return client.post(f"/schemes/drafts/{draft.uuid}/{action}/", data, follow=True).content.decode()


def test_a_draft_is_published_and_gone_from_the_drafts(keeper: Client, viewer: Viewer, draft: Draft) -> None:
    assert "「小规则」v1 已发布" in _post(keeper, draft, "publish", revision=1)
    assert drafts.drafts(viewer) == []
    assert keeper.get(f"/schemes/drafts/{draft.uuid}/").status_code == 404
    assert [event.kind for event in audit.events(subject="small")] == [
        "codes.draft-published", "codes.scheme-published", "codes.draft-begun",
    ]  # fmt: skip


def test_a_text_that_the_publisher_has_not_seen_is_not_published(keeper: Client, viewer: Viewer, draft: Draft) -> None:
    drafts.change(viewer, draft.uuid, draft.source + "\n", revision=1, at=draft.changed_at)
    assert "别人刚刚改过" in _post(keeper, draft, "publish", revision=1)
    assert not queries.versions("small")


def test_a_draft_with_a_fault_is_refused_with_the_reason(keeper: Client, viewer: Viewer, draft: Draft) -> None:
    source = draft.source + '\n[[examples]]\ncode = "BJ-22"\n'
    drafts.change(viewer, draft.uuid, source, revision=1, at=draft.changed_at)
    assert "没有发布" in _post(keeper, draft, "publish", revision=2)
    assert not queries.versions("small")


@pytest.mark.usefixtures("reviewed")
def test_with_review_nobody_publishes_alone(keeper: Client, draft: Draft) -> None:
    assert "送复核" in keeper.get(f"/schemes/drafts/{draft.uuid}/").content.decode()
    assert "须由另一人复核" in _post(keeper, draft, "publish", revision=1)
    _post(keeper, draft, "review")
    assert "须由另一人来做" in _post(keeper, draft, "publish", revision=1)
    assert not queries.versions("small")


@pytest.mark.usefixtures("reviewed")
def test_a_second_person_is_told_looks_and_publishes(keeper: Client, second: Client, draft: Draft) -> None:
    _post(keeper, draft, "review")
    assert "1 份编码规则等你复核" in second.get("/").content.decode()
    assert "份编码规则等你复核" not in keeper.get("/").content.decode()
    page = second.get(f"/schemes/drafts/{draft.uuid}/").content.decode()
    assert "林静怡 请你复核" in page
    assert "同意并发布" in page
    _post(second, draft, "publish", revision=1)
    assert queries.versions("small")[0].number == 1


@pytest.mark.usefixtures("reviewed")
def test_a_second_person_gives_it_back_with_a_word(keeper: Client, second: Client, draft: Draft) -> None:
    _post(keeper, draft, "review")
    _post(second, draft, "return", note="位数太少")
    assert "位数太少" in keeper.get(f"/schemes/drafts/{draft.uuid}/").content.decode()
    assert second.post(f"/schemes/drafts/{draft.uuid}/return/", {"note": "again"}).status_code == 409


@pytest.mark.usefixtures("reviewed")
def test_who_changes_a_draft_in_review_takes_it_out_of_review(
    keeper: Client, second: Client, viewer: Viewer, draft: Draft
) -> None:
    _post(keeper, draft, "review")
    second.post(f"/schemes/drafts/{draft.uuid}/change/", {"add": "check", "revision": 1})
    assert not drafts.draft(viewer, draft.uuid).is_waiting


@pytest.mark.usefixtures("reviewed")
def test_with_review_a_shipped_rule_is_handed_in(keeper: Client, viewer: Viewer) -> None:
    keeper.post("/schemes/shipped/stepped/publish/")
    assert [one.is_waiting for one in drafts.drafts(viewer)] == [True]
    assert not queries.versions("stepped")


def test_versions_are_compared_in_plain_words(keeper: Client, viewer: Viewer, draft: Draft) -> None:
    services.publish(draft.source, actor=viewer.actor, at=draft.changed_at)
    wider = draft.source.replace("serial:1", "serial:2").replace('"Small', '"Wide')
    drafts.change(viewer, draft.uuid, wider, revision=1, at=draft.changed_at)
    page = keeper.get(f"/schemes/drafts/{draft.uuid}/compare/").content.decode()
    assert "段“流水号”的 位数" in page.replace("的位数", "的 位数")
    _post(keeper, draft, "publish", revision=2)
    history = keeper.get("/schemes/small/").content.decode()
    assert "v2" in history
    assert "位数" in history
    assert keeper.get("/schemes/small/1.toml").content.decode() == draft.source
    assert keeper.get("/schemes/small/9.toml").status_code == 404


def test_a_first_version_has_nothing_to_compare_with(keeper: Client, draft: Draft) -> None:
    assert "没有可比的版本" in keeper.get(f"/schemes/drafts/{draft.uuid}/compare/").content.decode()


def test_a_version_for_later_is_told_as_such(keeper: Client, viewer: Viewer, small: str, draft: Draft) -> None:
    source = draft.source.replace("serial:1", "serial:2").replace("kehuma = 1", "kehuma = 1\neffective = 2999-01-01")
    services.publish(source, actor=viewer.actor, at=draft.changed_at)
    page = keeper.get(f"/schemes/{small}/").content.decode()
    assert "将生效" in page
    assert "2999-01-01 起生效" in page


def test_a_draft_is_discarded(keeper: Client, viewer: Viewer, draft: Draft) -> None:
    _post(keeper, draft, "discard")
    assert drafts.drafts(viewer) == []


@pytest.mark.parametrize("action", ["publish", "review", "return", "discard"])
def test_who_may_not_is_refused(clerk_of_codes: Client, draft: Draft, action: str) -> None:
    assert clerk_of_codes.post(f"/schemes/drafts/{draft.uuid}/{action}/").status_code == 403


def test_who_may_design_but_not_publish_hands_in(keeper: Client, li: User, client_of: Callable[[User], Client]) -> None:
    manager = client_of(li)
    address = manager.post("/schemes/drafts/new/", {"shipped": "stepped"})["Location"]
    assert "送复核" in manager.get(address).content.decode()
    assert manager.post(f"{address}publish/").status_code == 403
    manager.post(f"{address}review/")
    keeper.post(f"{address}publish/", {"revision": 1})
    assert queries.versions("stepped")
