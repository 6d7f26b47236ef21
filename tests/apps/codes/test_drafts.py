"""Rules being worked on."""

from datetime import UTC, datetime, timedelta

import pytest

from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import drafts, queries
from kehuma.apps.codes.draft_errors import (
    DraftChangedError,
    NotWaitingError,
    OwnReviewError,
    ReviewNeededError,
    UnknownDraftError,
)
from kehuma.apps.codes.drafts import Draft
from kehuma.engine.coding.errors import SchemeError
from kehuma.lib.viewer import Refused, Viewer

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
SHOP = 'kehuma = 1\nname = "shop"\ntemplate = "S-{serial:4}"\n'
RIGHTS = frozenset({"schemes.view", "schemes.edit", "schemes.publish", "settings.manage"})

LIN = Viewer(1, "lin", "林静怡", permissions=RIGHTS)
ZHAO = Viewer(2, "zhao", "赵总", permissions=RIGHTS)
LI = Viewer(3, "li", "李经理", permissions=frozenset({"schemes.view", "schemes.edit"}))
NOBODY = Viewer(5, "nobody", "外人")
WANG = Viewer(4, "wang", "小王", permissions=frozenset({"schemes.view"}))


@pytest.fixture
def draft(db: None) -> Draft:  # noqa: ARG001 - the table must be there
    return drafts.begin(LIN, SHOP, at=NOON)


def test_a_draft_is_any_text_that_is_toml(draft: Draft) -> None:
    assert (draft.name, draft.revision, draft.state) == ("shop", 1, "draft")
    with pytest.raises(SchemeError):
        drafts.begin(LIN, "= 1", at=NOON)


def test_a_name_that_is_no_text_is_none(draft: Draft) -> None:
    changed = drafts.change(LIN, draft.uuid, 'name = ["x"]', revision=1, at=LATER)
    assert changed.name == ""


def test_every_change_is_one_revision_and_one_event(draft: Draft) -> None:
    changed = drafts.change(LI, draft.uuid, SHOP + "\n", revision=1, at=LATER)
    assert (changed.revision, changed.changed_by, changed.changed_at) == (2, "li", LATER)
    assert drafts.change(LI, draft.uuid, SHOP + "\n", revision=2, at=LATER).revision == 2
    assert [event.kind for event in audit.events(subject="shop")] == ["codes.draft-changed", "codes.draft-begun"]


def test_a_stale_revision_changes_and_publishes_nothing(draft: Draft) -> None:
    drafts.change(LI, draft.uuid, SHOP + "\n", revision=1, at=LATER)
    with pytest.raises(DraftChangedError):
        drafts.change(LIN, draft.uuid, SHOP + "#", revision=1, at=LATER)
    with pytest.raises(DraftChangedError):
        drafts.publish(LIN, draft.uuid, revision=1, at=LATER)
    assert not queries.versions("shop")


def test_without_the_rule_of_review_one_person_publishes(draft: Draft) -> None:
    assert drafts.publish(LIN, draft.uuid, revision=1, at=LATER).number == 1
    with pytest.raises(UnknownDraftError):
        drafts.draft(LIN, draft.uuid)


def test_with_it_a_second_person_does(draft: Draft) -> None:
    drafts.require_review(LIN, is_needed=True, at=NOON)
    with pytest.raises(ReviewNeededError):
        drafts.publish(ZHAO, draft.uuid, revision=1, at=LATER)
    waiting = drafts.ask_for_review(LIN, draft.uuid, at=LATER)
    assert [drafts.number_waiting(viewer) for viewer in (LIN, ZHAO, LI)] == [0, 1, 0]
    assert [waiting.may_be_reviewed_by(viewer) for viewer in (LIN, ZHAO)] == [False, True]
    with pytest.raises(OwnReviewError):
        drafts.publish(LIN, draft.uuid, revision=1, at=LATER)
    assert drafts.publish(ZHAO, draft.uuid, revision=1, at=LATER).number == 1


def test_who_changed_it_last_is_no_second_person_either(draft: Draft) -> None:
    drafts.require_review(LIN, is_needed=True, at=NOON)
    drafts.change(ZHAO, draft.uuid, SHOP + "\n", revision=1, at=LATER)
    drafts.ask_for_review(LIN, draft.uuid, at=LATER)
    with pytest.raises(OwnReviewError):
        drafts.publish(ZHAO, draft.uuid, revision=2, at=LATER)


def test_a_change_ends_the_wait(draft: Draft) -> None:
    drafts.ask_for_review(LI, draft.uuid, at=LATER)
    changed = drafts.change(LI, draft.uuid, SHOP + "\n", revision=1, at=LATER)
    assert not changed.is_waiting
    with pytest.raises(NotWaitingError):
        drafts.give_back(ZHAO, draft.uuid, note="", at=LATER)


def test_a_draft_comes_back_with_a_word(draft: Draft) -> None:
    drafts.ask_for_review(LI, draft.uuid, at=LATER)
    assert drafts.give_back(ZHAO, draft.uuid, note=" 位数太少 ", at=LATER).note == "位数太少"


def test_a_discarded_draft_is_gone_and_its_event_stays(draft: Draft) -> None:
    drafts.discard(LI, draft.uuid, at=LATER)
    assert drafts.drafts(LIN) == []
    assert audit.events(subject="shop")[0].kind == "codes.draft-discarded"


def test_the_rule_of_review_is_switched_on_and_off() -> None:
    assert not drafts.needs_review()
    drafts.require_review(LIN, is_needed=True, at=NOON)
    assert drafts.needs_review()
    drafts.require_review(LIN, is_needed=False, at=NOON)
    assert not drafts.needs_review()


def test_who_lacks_the_right_is_refused(draft: Draft) -> None:
    for act in (
        lambda: drafts.drafts(NOBODY),
        lambda: drafts.draft(NOBODY, draft.uuid),
        lambda: drafts.begin(WANG, SHOP, at=NOON),
        lambda: drafts.change(WANG, draft.uuid, SHOP, revision=1, at=NOON),
        lambda: drafts.discard(WANG, draft.uuid, at=NOON),
        lambda: drafts.ask_for_review(WANG, draft.uuid, at=NOON),
        lambda: drafts.give_back(LI, draft.uuid, note="", at=NOON),
        lambda: drafts.publish(LI, draft.uuid, revision=1, at=NOON),
        lambda: drafts.require_review(LI, is_needed=True, at=NOON),
    ):
        with pytest.raises(Refused):
            act()
