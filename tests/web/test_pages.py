"""One decorator makes a page: its address, its rights, its methods."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from kehuma.lib.viewer import ANONYMOUS, Refused, Viewer
from kehuma.web import pages
from kehuma.web.middleware import CONTENT_POLICY

CLERK = Viewer(1, "u", "小王", permissions=frozenset({"customers.view"}))
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
PLAIN = [one for one in pages.pages() if not one.has_arguments and "GET" in one.methods]


def _request(viewer: Viewer, method: str = "GET") -> pages.Request:
    request = RequestFactory().generic(method, "/x/")
    request.viewer, request.htmx = viewer, False  # type: ignore[attr-defined]
    return request  # type: ignore[return-value]


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> pages.View:
    monkeypatch.setattr(pages, "_pages", {})
    return pages.page("x/", name="x", needs="customers.view")(lambda _request: HttpResponse("seen"))


def test_who_has_the_right_sees_the_page(view: pages.View) -> None:
    assert view(_request(CLERK)).content == b"seen"


def test_who_lacks_the_right_is_refused(view: pages.View) -> None:
    with pytest.raises(Refused, match=r"customers\.view"):
        view(_request(Viewer(2, "v", "外人")))


def test_who_has_not_signed_in_is_sent_there_and_back(view: pages.View) -> None:
    answer = view(_request(ANONYMOUS))
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/x/")


def test_other_methods_are_not_allowed(view: pages.View) -> None:
    assert view(_request(CLERK, "POST")).status_code == 405


def test_two_pages_cannot_share_a_name(view: pages.View) -> None:  # noqa: ARG001 - it takes the name
    def other(_request: pages.Request) -> HttpResponse:
        return HttpResponse()

    other.__module__ = "elsewhere"
    with pytest.raises(ValueError, match="two pages named x"):
        pages.page("y/", name="x")(other)


def test_every_right_that_a_page_needs_has_words() -> None:
    from kehuma.web.rights import TITLES  # noqa: PLC0415

    assert {one.needs for one in pages.pages()} - {""} <= set(TITLES)


@pytest.mark.django_db
@pytest.mark.parametrize("page", [pytest.param(one, id=one.name) for one in PLAIN if not one.is_open])
def test_no_page_shows_anything_to_a_stranger(page: pages.Page, visitor: Client) -> None:
    answer = visitor.get(f"/{page.route}")
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next=/{page.route}")


@pytest.mark.django_db
@pytest.mark.parametrize("page", [pytest.param(one, id=one.name) for one in PLAIN])
def test_pages_stand_on_their_own_files_and_run_nothing_inline(page: pages.Page, clerk: Client) -> None:
    answer = clerk.get(f"/{page.route}")
    assert answer["Content-Security-Policy"] == CONTENT_POLICY
    assert answer["Cache-Control"] == "no-store"
    assert INLINE.findall(answer.content.decode()) == []
    assert "http" not in re.sub(r"https?://testserver\S*", "", answer.content.decode()).replace("http-equiv", "")


def test_the_policy_allows_nothing_inline() -> None:
    assert "unsafe" not in CONTENT_POLICY
    assert CONTENT_POLICY.startswith("default-src 'none'")
