"""A list over a small table of people: what one definition promises on screen and in a file."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from django import forms
from django.db import connection, models
from django.db.models import QuerySet
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from kehuma.lib import keysets
from kehuma.lib.lists import Column, Filter, Listing, ListPage, SavedView
from kehuma.lib.viewer import Viewer

START = datetime(2026, 3, 9, tzinfo=UTC)
CLERK = Viewer(1, "u", "小王", sees=frozenset({"public"}))
MANAGER = Viewer(2, "m", "李经理", sees=frozenset({"public", "personal"}))
CITIES = [("BJ", "北京"), ("SH", "上海"), ("GD", "广东")]


class Person(models.Model):
    """A table that is there during a test only."""

    username = models.CharField(max_length=9)
    first_name = models.CharField(max_length=9)
    email = models.CharField(max_length=30)
    last_login = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    objects: ClassVar[models.Manager["Person"]] = models.Manager()

    class Meta:
        app_label = "tests"
        db_table = "tests_person"

    def __str__(self) -> str:
        return self.username


LISTING = Listing(
    columns=(
        Column("name", "名称", lambda user: user.username, kind="name", sort="username"),
        Column("city", "城市", lambda user: user.first_name, sort="first_name"),
        Column("seen", "最近登录", lambda user: user.last_login, kind="day", sort="last_login", is_nullable=True),
        Column("email", "邮箱", lambda user: user.email, sort="email", field_class="personal", is_shown=False),
    ),
    order="name",
    filters=(
        Filter(
            "city",
            forms.MultipleChoiceField(label="城市", choices=CITIES, required=False),
            lambda _viewer, rows, value: rows.filter(first_name__in=value),
        ),
        Filter(
            "mail",
            forms.CharField(label="邮箱", required=False),
            lambda _viewer, rows, value: rows.filter(email=value),
            field_class="personal",
        ),
        Filter(
            "active",
            forms.BooleanField(label="在用", required=False),
            lambda _viewer, rows, value: rows.filter(is_active=value),
        ),
    ),
    sizes=(3, 50),
    count_to=8,
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def nobody() -> QuerySet[Person]:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE tests_person (id bigint PRIMARY KEY, username varchar(9), first_name varchar(9), "
            "email varchar(30), last_login timestamptz, is_active bool)"
        )
    return Person.objects.all()


@pytest.fixture
def users(nobody: QuerySet[Person]) -> QuerySet[Person]:
    cities = [code for code, _name in CITIES]
    Person.objects.bulk_create(
        Person(
            id=n + 1,
            username=f"u{n:02}",
            first_name=cities[n % 3],
            email=f"{19 - n:02}@example.org",
            last_login=None if n % 4 == 0 else START + timedelta(days=n // 2, microseconds=n // 2),
            is_active=n != 5,
        )
        for n in range(10)
    )
    return nobody


def _page(users: QuerySet[Person], query: str = "", viewer: Viewer = CLERK, **more: Any) -> ListPage:
    return LISTING.page(viewer, users, QueryDict(query.removeprefix("?")), **more)


def _names(page: ListPage) -> list[str]:
    return [row.source.username for row in page.rows]


def _walk(users: QuerySet[Person], query: str, way: Callable[[ListPage], str]) -> list[ListPage]:
    pages = [_page(users, query)]
    while way(pages[-1]):
        pages.append(_page(users, way(pages[-1])))
    return pages


def test_the_first_page_shows_the_default_columns_in_the_default_order(users: QuerySet[Person]) -> None:
    page = _page(users)
    assert [head.column.key for head in page.heads] == ["name", "city", "seen"]
    assert [head.order for head in page.heads] == ["ascending", "", ""]
    assert _names(page) == ["u00", "u01", "u02"]
    assert (page.first, page.last, page.previous) == (1, 3, "")


@pytest.mark.parametrize("sort", ["name", "-name", "city", "-city", "seen", "-seen"])
def test_walking_forward_and_back_meets_every_row_once(users: QuerySet[Person], sort: str) -> None:
    forward = _walk(users, f"sort={sort}", lambda page: page.next)
    met = [name for page in forward for name in _names(page)]
    assert sorted(met) == [f"u{n:02}" for n in range(10)]
    assert [page.first for page in forward] == [1, 4, 7, 10]
    back = _walk(users, forward[-1].previous, lambda page: page.previous)
    assert [_names(page) for page in back] == [_names(page) for page in forward[-2::-1]]
    assert [page.first for page in back] == [7, 4, 1]


@pytest.mark.parametrize("sort", ["seen", "-seen"])
def test_rows_without_a_value_come_last_in_both_directions(users: QuerySet[Person], sort: str) -> None:
    whole = _page(users, f"sort={sort}&size=50")
    assert [row.source.last_login is None for row in whole.rows] == [False] * 7 + [True] * 3


def test_conditions_that_nothing_can_fulfil_leave_an_empty_page(users: QuerySet[Person]) -> None:
    page = _page(users.filter(pk__in=[]), "sort=-seen")
    assert (page.rows, page.total, page.next, page.previous) == ([], 0, "", "")


def test_a_page_takes_two_queries(users: QuerySet[Person], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        page = _page(users, "city=BJ&city=SH&sort=-seen")
        assert (len(page.rows), page.total) == (3, 7)
    with django_assert_num_queries(2):
        page = _page(users, page.next)
        assert (len(page.rows), page.total) == (3, 7)


def test_the_count_stops_where_it_is_told_and_goes_on_when_asked(users: QuerySet[Person]) -> None:
    page = _page(users)
    assert page.is_capped
    counted = _page(users, page.count_all)
    assert (counted.total, counted.is_capped) == (10, False)


def test_conditions_narrow_the_rows_and_are_said_in_words(users: QuerySet[Person]) -> None:
    page = _page(users, "city=BJ&city=SH&city=GD&active=on")
    assert [(chip.title, chip.said) for chip in page.chips] == [("城市", "北京、上海等 3 个"), ("在用", "是")]
    assert page.is_capped
    without = _page(users, page.chips[1].without)
    assert [chip.title for chip in without.chips] == ["城市"]
    assert _page(users, page.clear).chips == []


def test_a_condition_that_makes_no_sense_is_left_out(users: QuerySet[Person]) -> None:
    page = _page(users, "city=nowhere")
    assert page.chips == []
    assert page.is_capped


def test_a_masked_field_neither_orders_nor_filters(users: QuerySet[Person]) -> None:
    masked = _page(users, "sort=email&mail=10@example.org&column=email")
    assert _names(masked) == ["u00", "u01", "u02"]
    assert masked.chips == []
    assert [head.url for head in masked.heads] == [""]
    seen = _page(users, "sort=email&column=email", viewer=MANAGER)
    assert _names(seen) == ["u09", "u08", "u07"]
    assert _names(_page(users, "mail=10@example.org", viewer=MANAGER)) == ["u09"]


def test_columns_are_shown_as_chosen(users: QuerySet[Person]) -> None:
    page = _page(users, "column=city&column=name&column=nonsense")
    assert [head.column.key for head in page.heads] == ["city", "name"]
    assert [column.key for column, is_shown in page.columns if is_shown] == ["name", "city"]


def test_the_view_in_force_is_marked(users: QuerySet[Person]) -> None:
    views = [SavedView("全部"), SavedView("两地", "city=SH&city=BJ"), SavedView("北京", "city=BJ")]
    page = _page(users, "city=SH&city=BJ", views=views)
    assert [is_here for _view, is_here in page.views] == [False, True, False]
    assert page.query == "city=SH&city=BJ"


def test_a_damaged_cursor_leads_to_the_beginning(users: QuerySet[Person]) -> None:
    assert _names(_page(users, "at=zzzz")) == ["u00", "u01", "u02"]


@given(st.text(max_size=40))
def test_no_cursor_breaks_a_list(cursor: str) -> None:
    assert keysets.place(cursor)[0] in ("", "before", "after")


def test_rows_are_turned_page_by_page(users: QuerySet[Person]) -> None:
    seen: list[int] = []

    def masked(_viewer: Viewer, records: Any) -> list[str]:
        seen.append(len(records))
        return [record.username.upper() for record in records]

    listing = Listing(columns=(Column("name", "名称", str, sort="username"),), order="-name", rows=masked, sizes=(4,))
    page = listing.page(CLERK, users, QueryDict())
    assert [row.cells[0][1] for row in page.rows] == ["U09", "U08", "U07", "U06"]
    assert seen == [4]


def test_what_is_exported_is_what_the_list_shows(users: QuerySet[Person]) -> None:
    rows = list(LISTING.export(CLERK, users, QueryDict("sort=-seen&column=name&column=seen"), chunk=4))
    assert rows[0] == ["名称", "最近登录"]
    assert [row[0] for row in rows[1:4]] == ["u09", "u07", "u06"]
    assert rows[1][1].startswith("2026-03-13")
    assert rows[-1][1] == ""
    assert len(rows) == 11


def test_an_empty_list_says_so(nobody: QuerySet[Person]) -> None:
    page = _page(nobody)
    assert (page.first, page.last, page.total, page.next, page.previous) == (0, 0, 0, "", "")


def test_the_records_under_the_conditions_are_those_of_the_list(users: QuerySet[Person]) -> None:
    assert LISTING.narrowed(CLERK, users, QueryDict("city=BJ")).count() == 4
