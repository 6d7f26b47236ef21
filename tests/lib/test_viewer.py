"""Who asks, and what they may."""

import pytest

from kehuma.lib.viewer import ANONYMOUS, FIELD_CLASSES, Refused, Viewer, system

CLERK = Viewer(7, "9b2e", "小王", permissions=frozenset({"customers.view"}))


def test_a_viewer_may_what_its_rights_say() -> None:
    assert CLERK.may("customers.view")
    assert not CLERK.may("customers.delete")
    with pytest.raises(Refused, match=r"customers\.delete"):
        CLERK.require("customers.delete")


def test_an_empty_right_asks_only_who_it_is() -> None:
    assert CLERK.may("")
    assert not ANONYMOUS.may("")


def test_before_sign_in_nothing_is_seen() -> None:
    assert not any(ANONYMOUS.may_see(one) for one in FIELD_CLASSES)
    assert CLERK.may_see("public")
    assert not CLERK.may_see("sensitive")


def test_our_own_work_may_everything_under_its_own_name() -> None:
    task = system("import")
    task.require("customers.delete")
    assert task.may_see("sensitive")
    assert (task.actor, task.scope) == ("import", "all")
