"""Dates inside codes."""

from datetime import date, datetime

import pytest

from kehuma.engine.coding import dates


def day(*numbers: int) -> datetime:
    return datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001  # a day of the scheme's own calendar


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("YYYYMMDD", ("YYYY", "MM", "DD"), id="day"),
        pytest.param("YYMMDDHHmmss", ("YY", "MM", "DD", "HH", "mm", "ss"), id="second"),
        pytest.param("GGGGWW", ("GGGG", "WW"), id="week"),
        pytest.param("FYYYYQ", ("FYYYY", "Q"), id="fiscal quarter"),
        pytest.param("FYYMM", ("FYY", "MM"), id="short fiscal year"),
        pytest.param("YYYYhh", None, id="hours of twelve are refused"),
        pytest.param("", None, id="nothing"),
        pytest.param("YYYY-MM", None, id="separators belong into the template"),
    ],
)
def test_a_format_is_made_of_tokens(text: str, tokens: tuple[str, ...] | None) -> None:
    assert dates.tokens_of(text) == tokens


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2026-11-05", day(2026, 11, 5), id="ISO"),
        pytest.param("2026/1/5", day(2026, 1, 5), id="strokes"),
        pytest.param("2026.11.05", day(2026, 11, 5), id="dots"),
        pytest.param("2017年12月3日", day(2017, 12, 3), id="Chinese"),
        pytest.param("2017年12月", day(2017, 12, 1), id="Chinese month"),
        pytest.param("2017年", day(2017, 1, 1), id="Chinese year"),
        pytest.param("20150526", day(2015, 5, 26), id="eight digits"),
        pytest.param("201505", day(2015, 5, 1), id="six digits"),
        pytest.param("2026", day(2026, 1, 1), id="a year"),
        pytest.param("2026-11", day(2026, 11, 1), id="a month"),
        pytest.param(" 2026-11-05 07:08 ", day(2026, 11, 5, 7, 8), id="minutes"),
        pytest.param("2026-11-05T07:08:09", day(2026, 11, 5, 7, 8, 9), id="seconds"),
        pytest.param("2026-02-30", None, id="no such day"),
        pytest.param("2026-11/05", None, id="mixed separators"),
        pytest.param("昨天", None, id="words"),
        pytest.param("٢٠٢٦-١١-٠٥", None, id="Arabic figures"),
        pytest.param("0000-01-01", None, id="the year nought"),
        pytest.param("9" * 5000, None, id="5,000 digits"),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, moment: datetime | None) -> None:
    assert dates.parsed(text) == moment


@pytest.mark.parametrize(
    ("tokens", "at", "fiscal_start", "text"),
    [
        pytest.param(("YYYY", "MM"), day(2026, 11, 5), 1, "202611", id="month"),
        pytest.param(("GGGG", "WW"), day(2027, 1, 1), 1, "202653", id="new year in the old week"),
        pytest.param(("YY", "Q"), day(2026, 11, 5), 1, "264", id="quarter"),
        pytest.param(("FYYYY",), day(2026, 4, 1), 4, "2027", id="a fiscal year has the name of its end"),
        pytest.param(("FYY",), day(2026, 3, 31), 4, "26", id="the day before"),
        pytest.param(("FYYYY",), day(2026, 1, 1), 1, "2026", id="the calendar year"),
        pytest.param(("HH", "mm", "ss"), date(2026, 1, 1), 1, "000000", id="a date begins at midnight"),
        pytest.param(("YYYY",), day(7, 1, 1), 1, "0007", id="four digits always"),
    ],
)
def test_a_date_is_written_as_the_tokens_say(tokens: tuple[str, ...], at: date, fiscal_start: int, text: str) -> None:
    assert dates.written(tokens, at, fiscal_start=fiscal_start) == text
    assert len(text) in dates.language(tokens).ends(text, 0)


@pytest.mark.parametrize(
    ("tokens", "text", "is_possible"),
    [
        pytest.param(("YYYY", "MM", "DD"), "20260229", False, id="no leap year"),
        pytest.param(("YYYY", "MM", "DD"), "20280229", True, id="leap year"),
        pytest.param(("YYYY", "MM", "DD"), "00000101", False, id="the year nought"),
        pytest.param(("MM", "DD"), "0229", True, id="without the year it may be"),
        pytest.param(("MM", "DD"), "0431", False, id="in no year"),
        pytest.param(("YYYY", "MM"), "202602", True, id="months always"),
        pytest.param(("GGGG", "WW"), "202653", True, id="a year of 53 weeks"),
        pytest.param(("GGGG", "WW"), "202553", False, id="a year of 52"),
        pytest.param(("YY", "WW"), "2553", True, id="without the year it may be a week"),
    ],
)
def test_days_and_weeks_must_exist(tokens: tuple[str, ...], text: str, is_possible: bool) -> None:  # noqa: FBT001  # a row
    assert dates.is_possible(tokens, text) == is_possible


@pytest.mark.parametrize(
    ("tokens", "text", "zh", "en", "value"),
    [
        pytest.param(("YYYY", "MM"), "202611", "2026年11月", "2026-11", "2026-11", id="month"),
        pytest.param(("GGGG", "WW"), "202653", "2026年第53周", "2026-W53", "2026-W53", id="week"),
        pytest.param(("FYYYY", "Q"), "20273", "2027财年第3季度", "FY2027-Q3", "FY2027-Q3", id="fiscal quarter"),
        pytest.param(
            ("YY", "MM", "DD", "HH", "mm", "ss"),
            "261105070809",
            "26年11月05日07时08分09秒",
            "26-11-05 07:08:09",
            "26-11-05T07:08:09",
            id="second",
        ),
        pytest.param(("HH", "mm"), "0708", "07时08分", "07:08", "07:08", id="a time without day"),
    ],
)
def test_a_date_says_what_it_means(tokens: tuple[str, ...], text: str, zh: str, en: str, value: str) -> None:
    assert dates.said(tokens, text) == (zh, en, value)
