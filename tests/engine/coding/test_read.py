"""What a code says, in any form in which people give it."""

import pytest

from kehuma.engine.coding import reader
from kehuma.engine.coding.check_characters import ALGORITHMS
from kehuma.engine.coding.errors import ReadError
from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.plans import NO_PLAN, plan_for, widths_that_fit
from kehuma.engine.coding.scheme_file import load_scheme


def compiled(template: str, tables: str = "", *, name: str = "x", **parents: Grammar) -> Grammar:
    return compile_scheme(
        load_scheme(f'kehuma = 1\nname = "{name}"\ntemplate = "{template}"\n{tables}'), parents=parents
    )


REGION = '[segments.region]\ndictionary = "cn-province"\n'
GRADE = '[segments.grade]\nlive = true\n[segments.grade.dictionary]\nA = "活跃"\nB = { zh = "一般", en = "fair" }\n'
SEEN = '[segments.seen]\nkind = "date"\nlive = true\n'
CUSTOMER = compiled(
    "{region}-{industry}-{serial:4}{check}",
    REGION + '[segments.industry]\ndictionary = "cn-industry"\n[segments.serial]\noverflow = "lengthen"',
)
USER = compiled(
    "{country}{serial:5}{grade}-{seen:YYYYMM}", '[segments.country]\ndictionary = "iso-3166"\n' + GRADE + SEEN
)
HEAD = compiled("HQ-{serial:3}", '[literals]\nHQ = { zh = "总部", en = "Headquarters" }', name="head")
BRANCH = compiled(
    "{parent}-{region}-{serial:2}", REGION + '[segments.parent]\nschemes = ["head", "self"]\ndepth = 2', head=HEAD
)
STEP = compiled("C-{serial:5}-X", "[segments.serial]\nstep = 5")
DAY = compiled("{date:YYYYMMDD}-{serial:2}")
SHOPS = compiled(
    "{shop}{serial:3}",
    '[segments.serial]\noverflow = "lengthen"\n[segments.shop.dictionary]\n1 = "一店"\n11 = "十一店"',
)


def refusal(grammar: Grammar, text: str) -> ReadError:
    with pytest.raises(ReadError) as refused:
        grammar.read(text)
    for language in ("zh", "en"):
        assert refused.value.say(language)
    return refused.value


def test_each_part_of_a_code_is_told_in_both_languages() -> None:
    reading = USER.read("US12345B-202611")
    assert reading.identity == "US12345"
    assert (reading.serial, reading.counter_key) == (12345, "country=US")
    assert [(part.name, part.text, part.en, part.value) for part in reading.segments] == [
        ("country", "US", "United States", "US"),
        ("serial", "12345", "no. 12345", 12345),
        ("grade", "B", "fair", "B"),
        ("seen", "202611", "2026-11", "2026-11"),
    ]
    assert [part.zh for part in reading.segments] == ["美国", "第12345个", "一般", "2026年11月"]
    assert repr(reading) == "Reading('US12345B-202611', ('US', '12345', 'B', '202611'))"


def test_a_reading_is_told_to_programs_with_that_of_its_superior() -> None:
    told = BRANCH.read("hq-001-bj-01").as_json()
    assert (told["code"], told["scheme"], told["version"]) == ("HQ-001-BJ-01", "x", None)
    assert told["normalised"] == ["letters"]
    assert [(part["name"], part["value"]) for part in told["segments"]][1:] == [("region", "BJ"), ("serial", 1)]
    superior = told["parent"]
    assert (superior["code"], superior["serial"], superior["parent"]) == ("HQ-001", 1, None)
    assert superior["literals"] == [
        {"name": "HQ", "text": "HQ", "zh": "总部", "en": "Headquarters", "value": "HQ"},
    ]


@pytest.mark.parametrize("text", ["US12345A-202611", "US12345A", "US12345-202611", "US12345", "US12345B-202512"])
def test_any_live_parts_may_be_missing_or_changed(text: str) -> None:
    assert USER.read(text).identity == "US12345"
    assert USER.read(text).normalised == ()


@pytest.mark.parametrize("text", ["US12345-", "US12345A-", "US12345A202611", "US12345-A"])
def test_the_literal_beside_a_live_part_comes_and_goes_with_it(text: str) -> None:
    for _ in range(2):
        try:
            assert USER.read(text).code != text
        except ReadError:
            continue


def test_a_symbol_of_no_dictionary_is_no_grade() -> None:
    error = refusal(USER, "US12345C")
    assert (error.message, error.position, error.facts["segment"]) == ("symbol", 7, "grade")


@pytest.mark.parametrize(
    ("text", "note"),
    [
        pytest.param("bj-it-0001Y", "letters", id="lower case"),
        pytest.param("ＢＪ-IT-0001Y", "letters", id="full width"),
        pytest.param("bjit0001y", "separators", id="without separators"),
        pytest.param("BJ IT/0001.Y", "separators", id="other separators"),
        pytest.param("BJ–IT—0001Y", "separators", id="dashes of a word processor"),
        pytest.param("BJ-IT-OOO1Y", "look-alikes", id="O for nought"),
        pytest.param("BJ-1T-0001Y", "look-alikes", id="1 for I"),
        pytest.param("BJITOOOlY", "look-alikes", id="without separators and l for 1"),
    ],
)
def test_a_code_is_found_as_people_type_it_and_the_change_is_told(text: str, note: str) -> None:
    reading = CUSTOMER.read(text)
    assert (reading.code, reading.normalised) == ("BJ-IT-0001Y", (note,))


@pytest.mark.parametrize(
    ("grammar", "text", "message", "position"),
    [
        pytest.param(CUSTOMER, "", "empty", 0, id="nothing"),
        pytest.param(CUSTOMER, "京", "not-ascii", 0, id="Chinese"),
        pytest.param(CUSTOMER, "BJ–IT–京", "not-ascii", 2, id="a dash is told only where no code results"),
        pytest.param(CUSTOMER, "BX-IT-0001", "symbol", 1, id="an unknown region"),
        pytest.param(CUSTOMER, "BJ*IT-0001", "literal", 2, id="a wrong separator"),
        pytest.param(CUSTOMER, "BJ-IT", "literal", 5, id="too short"),
        pytest.param(CUSTOMER, "BJ-", "symbol", 3, id="the industry is missing"),
        pytest.param(CUSTOMER, "BJ-IT-00X1", "digit", 8, id="a letter in the number"),
        pytest.param(CUSTOMER, "BJ-IT-0001X", "check-wrong", 10, id="the check character"),
        pytest.param(CUSTOMER, "BJ-IT-0001", "ended", 10, id="no check character"),
        pytest.param(CUSTOMER, "BJ-IT-0001*", "characters", 10, id="a star as check character"),
        pytest.param(CUSTOMER, "BJ-IT-0001Y7", "longer", 11, id="one too many"),
        pytest.param(STEP, "C-001", "ended-digit", 5, id="no more digits"),
        pytest.param(STEP, "C-00001", "literal", 7, id="no suffix"),
        pytest.param(DAY, "20260231-01", "no-such-date", 0, id="no such day"),
        pytest.param(DAY, "20261301-01", "digit", 5, id="no such month"),
        pytest.param(STEP, "C-" * 21, "too-long", 40, id="too long"),
    ],
)
def test_what_is_no_code_is_refused_with_place_and_expectation(
    grammar: Grammar, text: str, message: str, position: int
) -> None:
    error = refusal(grammar, text)
    assert (error.message, error.position) == (message, position)


def test_a_number_off_the_step_is_read_and_flagged() -> None:
    assert STEP.read("C-00006-X").flags == ()
    assert STEP.read("C-00003-X").flags == ("off-step",)
    reading = compiled("{date:YYYY}-{region}", REGION).read("2026-BJ")
    assert (reading.serial, reading.flags) == (None, ())


def test_a_longer_number_never_begins_with_nought() -> None:
    grammar = compiled("A-{serial:4}", '[segments.serial]\noverflow = "lengthen"')
    assert grammar.read("A-10000").serial == 10_000
    assert refusal(grammar, "A-00001").message == "longer"


def test_the_shipped_kinds_say_what_they_are() -> None:
    grammar = compiled("{random:2}-{reserved:2}-{x:2}-{serial:2}{check}", "[segments.x]")
    code = grammar.write(grammar.snapshot({"x": "ab"}), serial=7, random="42")
    assert [part.zh for part in grammar.read(code.code).segments] == ["随机", "预留", "AB", "第7个", "校验位"]


def test_literals_with_a_title_are_told() -> None:
    assert [(part.text, part.zh, part.en) for part in HEAD.read("HQ-001").literals] == [("HQ", "总部", "Headquarters")]


def test_a_code_tells_its_parents() -> None:
    reading = BRANCH.read("hq001bj01sh02")
    assert reading.code == "HQ-001-BJ-01-SH-02"
    assert reading.parent is not None
    assert reading.parent.identity == "HQ-001-BJ-01"
    assert reading.parent.parent is not None
    assert reading.parent.parent.identity == "HQ-001"
    assert reading.parent.parent.parent is None
    assert reading.segments[0].zh == "总部 第1个 北京 第1个"
    assert reading.segments[0].en == "Headquarters, no. 1, Beijing, no. 1"
    assert reading.counter_key == "parent=HQ-001-BJ-01 region=SH"


def test_parents_end_at_their_depth() -> None:
    assert BRANCH.read("HQ-001-BJ-01-SH-01-GD-01").parent is not None
    assert refusal(BRANCH, "HQ-001-BJ-01-SH-01-GD-01-BJ-01").message == "longer"


@pytest.mark.parametrize(
    ("head", "right", "wrong"),
    [
        pytest.param("C-{serial:3}{check}", "C-001T-01", "C-001X-01", id="a check character"),
        pytest.param("D{date:YYYYMMDD}", "D20260228-01", "D20260230-01", id="a date"),
    ],
)
def test_a_parent_must_be_right_in_itself(head: str, right: str, wrong: str) -> None:
    child = compiled("{parent}-{serial:2}", '[segments.parent]\nschemes = "head"', head=compiled(head, name="head"))
    for _ in range(2):
        assert child.read(right).parent is not None
        error = refusal(child, wrong)
        assert (error.message, error.position) == ("parent-wrong", 0)


def test_a_check_character_covers_a_parent_with_separators() -> None:
    child = compiled("{parent}-{serial:2}{check}", '[segments.parent]\nschemes = "head"', head=HEAD)
    code = child.write(child.snapshot({}, parent="HQ-001"), serial=2).code
    for _ in range(2):
        assert child.read(code).code == code
        others = [code[:-1] + character for character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
        assert [other for other in others if result(child, other)] == [code]


def result(grammar: Grammar, text: str) -> bool:
    try:
        return grammar.read(text).code == text
    except ReadError:
        return False


@pytest.mark.parametrize("code", ["HQ-100-101", "HQ-1001-01"])
def test_separators_that_are_required_are_not_left_out(code: str) -> None:
    tables = 'separators = "required"\n[segments.x]\n[segments.serial]\noverflow = "lengthen"'
    grammar = compiled("HQ-{x}-{serial:2}", tables)
    assert grammar.read(code).code == code
    assert refusal(grammar, code.replace("-", "")).message == "literal"
    assert grammar.read(code.lower()).code == code


def test_several_readings_are_never_a_pick() -> None:
    error = refusal(SHOPS, "11000")
    assert (error.message, error.facts["readings"]) == ("ambiguous", ["1 1000", "11 000"])
    assert len(SHOPS.readings("11000")) == 2
    loose = compiled("{a}-{b}", "[segments.a]\n[segments.b]")
    assert refusal(loose, "ABC").message == "ambiguous"
    assert loose.read("AB-C").texts == ("AB", "C")


def test_look_alikes_with_several_readings_are_never_a_pick() -> None:
    grammar = compiled("{x}-{serial:2}", '[segments.x.dictionary]\nI1 = "甲"\nII = "乙"')
    assert refusal(grammar, "1I-01").message == "ambiguous"
    assert grammar.read("I1-01").normalised == ()


def test_a_repair_is_one_only_where_every_spelling_was_tried() -> None:
    grammar = compiled("{x:30}{check}", "[segments.x]")
    error = refusal(grammar, "O" * 30 + "7")
    assert error.message in ("ambiguous", "check-wrong")


def test_a_code_of_a_parent_that_could_be_two_is_no_pick() -> None:
    dotted, dashed = compiled("A-{serial:3}", name="a"), compiled("A.{serial:3}", name="b")
    child = compiled("{parent}-{serial:2}", '[segments.parent]\nschemes = ["a", "b"]', a=dotted, b=dashed)
    assert child.read("A.001-01").parent is not None
    assert refusal(child, "a00101").position == 1


def test_any_code_as_parent_has_no_reading_of_its_own() -> None:
    child = compiled("{parent}/{serial:2}")
    assert child.read("X-1/01").parent is None
    assert child.read("x_1/01").texts == ("X_1", "01")


def test_a_part_may_be_longer_than_the_tables_hold() -> None:
    grammar = compiled("{x:9}-{serial:8}", "[segments.x]")
    assert grammar.read("ABCDEFGHI-00000001").serial == 1
    assert plan_for(grammar, 18) is NO_PLAN
    digits = compiled("{serial:12}")
    assert plan_for(digits, 12) is not NO_PLAN
    assert digits.read("000000000007").serial == digits.read("000000000007").serial == 7


def test_a_plan_needs_places_that_do_not_depend_on_one_another() -> None:
    words = "\n".join(f'{number:05}X = "{number}"' for number in range(10_001))
    grammar = compiled("{x}-{serial:2}", f"[segments.x.dictionary]\n{words}")
    assert plan_for(grammar, 9) is NO_PLAN
    assert grammar.read("00042X-07").serial == 7


def test_a_plan_needs_widths_that_the_length_decides() -> None:
    assert widths_that_fit([frozenset({1, 2}), frozenset({3})], 5) == (2, 3)
    assert widths_that_fit([frozenset({1, 2}), frozenset({2, 3})], 4) is None
    assert widths_that_fit([frozenset({1})], 4) is None
    wide = compiled("{serial:2}-{grade}", '[segments.grade]\nlive = true\nkind = "text"')
    assert plan_for(wide, 5) is not NO_PLAN
    assert HEAD.is_check_right(("001",))
    hybrid = compiled("{serial:2}{check}", '[segments.check]\nalgorithm = "damm"')
    assert plan_for(hybrid, 3) is NO_PLAN
    assert hybrid.read("57" + ALGORITHMS["damm"].of("57")).serial == 57


def test_a_date_or_a_lone_check_has_no_plan() -> None:
    assert plan_for(DAY, 11) is NO_PLAN
    assert plan_for(compiled("{serial:2}{check}", '[segments.check]\nalgorithm = "luhn"'), 3) is not NO_PLAN


def test_the_form_of_all_codes_is_one_automaton() -> None:
    form = reader.form_of(USER.items, USER.languages)
    assert [len(text) in form.ends(text, 0) for text in ("US12345", "US12345A", "US12345-")] == [True, True, False]
