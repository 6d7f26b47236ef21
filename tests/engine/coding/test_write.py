"""From facts to a code."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from kehuma.engine.coding import language
from kehuma.engine.coding.check_characters import ALGORITHMS
from kehuma.engine.coding.errors import SchemeError, WriteError
from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.scheme_file import load_scheme
from kehuma.engine.coding.snapshots import Snapshot

NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)


def compiled(template: str, tables: str = "", *, name: str = "x", **parents: Grammar) -> Grammar:
    return compile_scheme(
        load_scheme(f'kehuma = 1\nname = "{name}"\ntemplate = "{template}"\n{tables}'), parents=parents
    )


class Mirror:
    """A permutation that anyone can undo: counted from the other end."""

    def forward(self, number: int, size: int, counter_key: str) -> int:  # noqa: ARG002 - one order for all
        return size - 1 - number

    def backward(self, number: int, size: int, counter_key: str) -> int:  # noqa: ARG002 - one order for all
        return size - 1 - number


REGION = '[segments.region]\ndictionary = "cn-province"\n'
CUSTOMER = compiled("{region}-{industry}-{serial:4}", REGION + '[segments.industry]\ndictionary = "cn-industry"')
HEAD = compiled("HQ-{serial:3}", name="head")
BRANCH = compiled(
    "{parent}-{region}-{serial:2}", REGION + '[segments.parent]\nschemes = ["head", "self"]\ndepth = 2', head=HEAD
)
GRADED = compiled(
    "{serial:3}{grade}", '[segments.grade]\nlive = true\n[segments.grade.dictionary]\nA = "活跃"', name="g"
)


def refusal(
    grammar: Grammar, facts: dict[str, object], *, at: datetime | None = None, parent: str | None = None
) -> WriteError:
    with pytest.raises(WriteError) as refused:
        grammar.snapshot(facts, at=at, parent=parent)
    assert refused.value.say("zh")
    return refused.value


def test_a_code_freezes_the_symbols_of_its_facts() -> None:
    snapshot = CUSTOMER.snapshot({"region": "北京市", "industry": "软件", "phone": "1"})
    assert snapshot == Snapshot(("BJ", "IT", ""), "region=BJ industry=IT")
    written = CUSTOMER.write(snapshot, serial=1)
    assert (written.code, written.identity, written.serial) == ("BJ-IT-0001", "BJ-IT-0001", 1)


@pytest.mark.parametrize("value", ["BJ", "北京", "Beijing", "110000", "京", " ＢＪ "])
def test_a_value_may_be_a_symbol_a_name_a_synonym_or_a_code(value: str) -> None:
    assert CUSTOMER.snapshot({"region": value, "industry": "I"}).texts == ("BJ", "IT", "")


KINDS = '[segments.kind]\n{}\n[segments.kind.dictionary]\nA = {{ zh = "甲", also = ["同"] }}\nB = {{ zh = "乙", also = ["同"] }}'


@pytest.mark.parametrize(
    ("options", "value", "outcome"),
    [
        pytest.param("", "", "value-missing", id="missing"),
        pytest.param("", None, "value-missing", id="null"),
        pytest.param("", "丙", "value-unknown", id="unknown"),
        pytest.param("", "同", "value-ambiguous", id="two meanings"),
        pytest.param("", "x" * 501, "value-too-long", id="too long"),
        pytest.param("", 10**5000, "value-too-long", id="a number of 5,001 digits"),
        pytest.param('default = "b"', "", "B", id="default when empty"),
        pytest.param('default = "B"', "丙", "value-unknown", id="a default is for nothing, not for anything"),
        pytest.param('default = "B"\nunknown = "default"', "丙", "B", id="unless the scheme says so"),
        pytest.param(
            'default = "B"\nunknown = "default"', "同", "value-ambiguous", id="two meanings are never a default"
        ),
    ],
)
def test_a_value_is_looked_up_or_refused(options: str, value: object, outcome: str) -> None:
    grammar = compiled("{kind}-{serial:3}", KINDS.format(options))
    if outcome in ("A", "B"):
        assert grammar.snapshot({"kind": value}).texts[0] == outcome
    else:
        assert refusal(grammar, {"kind": value}).message == outcome


@pytest.mark.parametrize(
    ("placeholder", "options", "value", "outcome"),
    [
        pytest.param("{x:3}", "", "abc", "ABC", id="upper case"),
        pytest.param("{x:3}", "", "ab", "value-width", id="too short without pad"),
        pytest.param("{x:3}", "", "abcd", "value-width", id="too long"),
        pytest.param("{x:3}", 'pad = "0"', "7", "007", id="padded"),
        pytest.param("{x:3}", 'pad = "0"', 7, "007", id="a number"),
        pytest.param("{x:3}", "take = 3", "abcd", "ABC", id="the first three"),
        pytest.param("{x:3}", "take = -3", "abcd", "BCD", id="the last three"),
        pytest.param("{x:3}", "", "ａｂｃ", "ABC", id="full width"),
        pytest.param("{x}", "", "a-b", "value-characters", id="a separator"),
        pytest.param("{x}", "", "京", "value-characters", id="Chinese"),
        pytest.param("{x}", "", "a\0", "value-characters", id="NUL"),
        pytest.param("{x}", "", "\ud800", "value-characters", id="a lone surrogate"),
        pytest.param("{x}", "", "٣", "value-characters", id="an Arabic figure"),
        pytest.param("{x}", "", "  ", "value-missing", id="blanks"),
        pytest.param("{x}", 'attribute = "y"', "abc", "value-missing", id="another attribute"),
    ],
)
def test_a_text_fits_or_is_refused(placeholder: str, options: str, value: object, outcome: str) -> None:
    grammar = compiled(placeholder + "-{serial:3}", f"[segments.x]\n{options}")
    if outcome.startswith("value-"):
        assert refusal(grammar, {"x": value}).message == outcome
    else:
        assert grammar.snapshot({"x": value}).texts[0] == outcome


@pytest.mark.parametrize(("case", "text"), [("keep", "aB"), ("lower", "ab"), ("upper", "AB")])
def test_case_is_kept_only_where_it_matters(case: str, text: str) -> None:
    grammar = compiled("{x}-{serial:3}", f'case = "sensitive"\n[segments.x]\ncase = "{case}"')
    assert grammar.snapshot({"x": "aB"}).texts[0] == text
    assert grammar.read(f"{text}-001").texts == (text, "001")


@pytest.mark.parametrize(
    ("options", "name", "outcome"),
    [
        pytest.param("", "北京字节跳动", "BJZJ", id="at most four"),
        pytest.param("", "Claire Gute", "CG", id="Latin"),
        pytest.param("", "123", "value-initials", id="none"),
        pytest.param("", "", "value-initials", id="no name"),
        pytest.param('default = "ZZ"', "", "ZZ", id="default"),
    ],
)
def test_initials_of_a_name(options: str, name: str, outcome: str) -> None:
    grammar = compiled("{initials:4}-{serial:3}", f"[segments.initials]\n{options}")
    if outcome.startswith("value-"):
        assert refusal(grammar, {"name": name}).message == outcome
    else:
        assert grammar.snapshot({"name": name}).texts[0] == outcome


@pytest.mark.parametrize(
    ("at", "text"),
    [
        pytest.param(datetime(2026, 11, 5, 20, tzinfo=UTC), "20261106", id="in the scheme's time zone"),
        pytest.param(datetime(2026, 11, 5, 20, tzinfo=timezone(timedelta(hours=8))), "20261105", id="given in it"),
        pytest.param(datetime(2026, 11, 5, 20), "20261105", id="without zone"),  # noqa: DTZ001  # the case
        pytest.param(date(2026, 11, 5), "20261105", id="a day"),
        pytest.param("2026年11月5日", "20261105", id="in Chinese"),
        pytest.param("２０２６-１１-０５", "20261105", id="full width"),
    ],
)
def test_a_date_is_that_of_the_scheme_s_calendar(at: object, text: str) -> None:
    grammar = compiled("{date:YYYYMMDD}-{serial:3}", '[segments.date]\nattribute = "since"')
    assert grammar.snapshot({"since": at}).texts[0] == text
    if isinstance(at, datetime):
        assert compiled("{date:YYYYMMDD}-{serial:3}").snapshot({}, at=at).texts[0] == text


def test_a_date_inside_a_text_is_written_as_a_date() -> None:
    grammar = compiled("{x:4}-{serial:3}", "[segments.x]\ntake = 4")
    assert grammar.snapshot({"x": NOON}).texts[0] == grammar.snapshot({"x": NOON.date()}).texts[0] == "2026"


@pytest.mark.parametrize(
    ("format_", "facts", "at", "message"),
    [
        pytest.param("YYYY", {"since": ""}, None, "date-missing", id="no date"),
        pytest.param("YYYY", {"since": "昨天"}, None, "date-unreadable", id="no date in it"),
        pytest.param("YYYY", {"since": datetime.max.replace(tzinfo=UTC)}, None, "date-unreadable", id="the end of time"),
        pytest.param("FYYYY", {"since": date(9999, 12, 31)}, None, "date-unreadable", id="the fiscal year 10,000"),
    ],
)  # fmt: skip
def test_a_date_that_cannot_be_written_is_refused(
    format_: str, facts: dict[str, object], at: datetime | None, message: str
) -> None:
    tables = f'[segments.date]\nattribute = "since"\nformat = "{format_}"\nfiscal_start = 4'
    assert refusal(compiled("{date}-{serial:3}", tables), facts, at=at).message == message


def test_the_time_of_issue_must_be_given() -> None:
    assert refusal(compiled("{date:YYYY}-{serial:3}"), {}).message == "date-missing"


@pytest.mark.parametrize(
    ("grammar", "serial", "random", "message"),
    [
        pytest.param(HEAD, None, None, "serial-missing", id="no number"),
        pytest.param(HEAD, 1000, None, "serial-exhausted", id="used up"),
        pytest.param(HEAD, -1, None, "serial-negative", id="below nought"),
        pytest.param(HEAD, 10**5000, None, "serial-exhausted", id="5,001 digits"),
        pytest.param(compiled("{random:3}"), None, None, "random-wrong", id="nothing drawn"),
        pytest.param(compiled("{random:3}"), None, "12", "random-wrong", id="too few drawn"),
        pytest.param(compiled("{random:3}"), None, "12A", "random-wrong", id="drawn from elsewhere"),
        pytest.param(
            compiled("{serial:3}", '[segments.serial]\norder = "permuted"'), 1, None, "key-missing", id="no key"
        ),
    ],
)
def test_what_is_only_known_at_issue_is_checked(
    grammar: Grammar, serial: int | None, random: str | None, message: str
) -> None:
    with pytest.raises(WriteError) as refused:
        grammar.write(grammar.snapshot({}), serial=serial, random=random)
    assert refused.value.message == message
    assert refused.value.say("zh")


def test_drawn_characters_stand_in_the_code() -> None:
    grammar = compiled("R-{random:3}-{serial:2}")
    assert grammar.write(grammar.snapshot({}), serial=7, random="042").code == "R-042-07"


def test_a_permuted_number_hides_its_order_and_is_read_back_with_the_key() -> None:
    scheme = load_scheme('kehuma = 1\nname = "x"\ntemplate = "{serial:3}"\n[segments.serial]\norder = "permuted"')
    grammar = compile_scheme(scheme, permutation=Mirror())
    assert grammar.write(grammar.snapshot({}), serial=1).code == "998"
    assert grammar.read("998").serial == 1
    without_key = compile_scheme(scheme).read("998")
    assert without_key.serial is None
    assert without_key.flags == ()
    assert (without_key.segments[0].zh, without_key.segments[0].value) == ("998", None)


def test_a_check_character_covers_the_identity() -> None:
    grammar = compiled("A-{serial:3}{check}")
    expected = "A-001" + ALGORITHMS["iso7064-mod37-2"].of("A001")
    assert grammar.write(grammar.snapshot({}), serial=1).code == expected


def test_a_number_whose_check_character_would_be_a_star_is_skipped() -> None:
    grammar = compiled("{serial:3}A{check}")
    skipped = []
    for number in range(100):
        try:
            grammar.write(grammar.snapshot({}), serial=number)
        except WriteError as error:
            skipped.append((error.message, error.facts["segment"]))
    assert set(skipped) == {("check-not-printable", "check")}
    assert 0 < len(skipped) < 10


def test_a_code_is_never_longer_than_the_scheme_says() -> None:
    grammar = compiled("{x}-{serial:2}", "max_length = 8\n[segments.x]")
    assert len(grammar.write(grammar.snapshot({"x": "ABCDE"}), serial=1).code) == 8
    with pytest.raises(WriteError) as refused:
        grammar.write(grammar.snapshot({"x": "ABCDEF"}), serial=1)
    assert refused.value.message == "code-too-long"


def test_lengthening_ends_where_a_live_part_would_no_longer_fit() -> None:
    tables = 'max_length = 6\n[segments.serial]\noverflow = "lengthen"\n[segments.grade]\nlive = true\n[segments.grade.dictionary]\nA = "活跃"\nBB = "一般"'
    grammar = compiled("{serial:3}{grade}", tables)
    snapshot = grammar.snapshot({"grade": "A"})
    assert grammar.room == 4
    assert grammar.longest == 6
    assert grammar.write(snapshot, serial=9999).code == "9999A"
    with pytest.raises(WriteError) as refused:
        grammar.write(snapshot, serial=10_000)
    assert refused.value.message == "serial-exhausted"


def test_a_live_text_of_any_length_may_fill_the_code_and_no_more() -> None:
    grammar = compiled("{serial:3}-{note}", "max_length = 10\n[segments.note]\nlive = true")
    assert grammar.write(grammar.snapshot({"note": "ABCDEF"}), serial=1).identity == "001"
    with pytest.raises(WriteError):
        grammar.write(grammar.snapshot({"note": "ABCDEFG"}), serial=1)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        pytest.param("HQ-001", "HQ-001", id="as written"),
        pytest.param("hq001", "HQ-001", id="as typed"),
        pytest.param("HQ-OO1", "HQ-001", id="with look-alikes"),
        pytest.param("HQ-001-BJ-01", "HQ-001-BJ-01", id="a branch of its own kind"),
    ],
)
def test_the_parent_is_written_in_its_identity_form(given: str, text: str) -> None:
    snapshot = BRANCH.snapshot({"region": "上海"}, parent=given)
    assert snapshot.texts[0] == text
    assert snapshot.counter_key == f"parent={text} region=SH"
    assert BRANCH.snapshot({"region": "上海", "parent": given}) == snapshot


def test_the_live_parts_of_a_parent_are_left_out() -> None:
    child = compiled("{parent}-{serial:2}", '[segments.parent]\nschemes = "g"', g=GRADED)
    assert child.write(child.snapshot({}, parent="001A"), serial=1).code == "001-01"


def test_only_named_segments_of_the_parent_may_be_written() -> None:
    child = compiled("{parent}-{serial:2}", '[segments.parent]\nschemes = "c"\nof = ["industry", "region"]', c=CUSTOMER)
    assert child.snapshot({}, parent="BJ-IT-0001").texts[0] == "ITBJ"
    reading = child.read("ITBJ-07")
    assert reading.parent is None
    assert reading.segments[0].zh == "上级 ITBJ"


def test_any_code_may_be_a_parent_where_no_scheme_is_named() -> None:
    child = compiled("{parent}/{serial:2}")
    assert child.write(child.snapshot({}, parent="old 17-x"), serial=1).code == "OLD 17-X/01"
    assert child.read("OLD 17-X/01").segments[0].en == "parent OLD 17-X"


@pytest.mark.parametrize(
    ("grammar", "given", "message"),
    [
        pytest.param(BRANCH, None, "parent-missing", id="none"),
        pytest.param(BRANCH, "HQ-1", "parent-unreadable", id="no code"),
        pytest.param(BRANCH, "HQ-001-BJ-01-SH-01-GD-01", "parent-unreadable", id="too deep"),
        pytest.param(compiled("{parent}/{serial:2}"), "A#1", "parent-unreadable", id="no text of a code"),
        pytest.param(compiled("{parent}/{serial:2}"), "A-", "parent-unreadable", id="a separator at the end"),
        pytest.param(compiled("{parent}/{serial:2}"), "京", "parent-unreadable", id="not ASCII"),
        pytest.param(compiled("{parent}/{serial:2}"), "A" * 10**6, "parent-unreadable", id="1 MB"),
    ],
)
def test_a_parent_that_is_none_is_refused(grammar: Grammar, given: str | None, message: str) -> None:
    assert refusal(grammar, {"region": "北京"}, parent=given).message == message


def test_a_parent_with_two_readings_is_refused() -> None:
    dotted, dashed = compiled("A-{serial:3}", name="a"), compiled("A.{serial:3}", name="b")
    child = compiled("{parent}-{serial:2}", '[segments.parent]\nschemes = ["a", "b"]', a=dotted, b=dashed)
    error = refusal(child, {}, parent="a001")
    assert (error.message, error.facts["nearest"]) == ("parent-ambiguous", ["A-001", "A.001"])


def test_the_segments_of_a_parent_must_be_there_and_stay() -> None:
    for of in ("colour", "grade"):
        with pytest.raises(SchemeError) as refused:
            compiled("{parent}-{serial:2}", f'[segments.parent]\nschemes = "g"\nof = "{of}"', g=GRADED)
        assert refused.value.message == "parent-segment-missing"


def test_a_parent_that_the_check_algorithm_does_not_take_is_refused() -> None:
    hashed = compiled("C#{serial:3}", name="c")
    with pytest.raises(SchemeError) as refused:
        compiled("{parent}-{serial:2}{check}", '[segments.parent]\nschemes = "c"', c=hashed)
    assert (refused.value.message, refused.value.facts["characters"]) == ("check-alphabet", "#")


def test_a_parent_that_explodes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_MOST_STATES", 1_000)
    wild = compiled("{a}X{b:20}", "[segments.a]\n[segments.b]", name="w")
    with pytest.raises(SchemeError) as refused:
        compiled("{parent}{serial:3}", 'max_length = 60\n[segments.parent]\nschemes = "w"', w=wild)
    assert refused.value.message == "too-complex"


def test_a_filler_keeps_its_place() -> None:
    grammar = compiled("{reserved:2}-{serial:2}", '[segments.reserved]\nfill = "X"')
    assert grammar.write(grammar.snapshot({}), serial=1).code == "XX-01"


def test_a_scheme_without_serial_has_no_counter() -> None:
    grammar = compiled("{x:3}", "[segments.x]")
    assert grammar.snapshot({"x": "abc"}).counter_key == ""
    assert grammar.write(grammar.snapshot({"x": "abc"})).serial is None


@pytest.mark.parametrize(
    ("options", "facts", "code"),
    [
        pytest.param("", {"grade": "活跃"}, "001-A", id="known"),
        pytest.param("", {}, "001", id="not known yet"),
        pytest.param('default = "B"', {}, "001-B", id="by default"),
    ],
)
def test_a_live_part_that_is_not_known_yet_is_left_out(options: str, facts: dict[str, object], code: str) -> None:
    tables = f'[segments.grade]\nlive = true\n{options}\n[segments.grade.dictionary]\nA = "活跃"\nB = "一般"'
    grammar = compiled("{serial:3}-{grade}", tables)
    written = grammar.write(grammar.snapshot(facts), serial=1)
    assert (written.code, written.identity) == (code, "001")
    assert refusal(grammar, {"grade": "不明"}).message == "value-unknown"


def test_a_live_date_of_issue_is_known_at_issue() -> None:
    grammar = compiled("{serial:3}-{seen:YYYY}", '[segments.seen]\nkind = "date"\nlive = true')
    assert grammar.write(grammar.snapshot({}, at=NOON), serial=1).code == "001-2026"


def test_a_built_in_dictionary_may_have_entries_of_the_scheme() -> None:
    grammar = compiled(
        "{region}-{serial:3}", '[segments.region]\ndictionary = "cn-province"\nentries = { XX = { zh = "月球" } }'
    )
    assert grammar.snapshot({"region": "月球"}).texts == ("XX", "")
    assert grammar.snapshot({"region": "北京"}).texts == ("BJ", "")
