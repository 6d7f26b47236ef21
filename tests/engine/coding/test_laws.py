"""Laws that hold for every scheme, tried on random ones."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kehuma.engine.coding import reader, serials
from kehuma.engine.coding.errors import ReadError, WriteError
from kehuma.engine.coding.grammar import Grammar, Written, compile_scheme
from kehuma.engine.coding.model import Date, Lookup, Overflow, Serial
from kehuma.engine.coding.normal import canonical, loose, loose_of
from kehuma.engine.coding.plans import NO_PLAN, plan_for
from kehuma.engine.coding.proofs import prove_loose, prove_unique
from kehuma.engine.coding.reading import Reading
from kehuma.engine.coding.scheme_file import load_scheme

REGIONS = {"fixed": {"BJ": "北京", "SH": "上海", "GD": "广东"}, "nested": {"1": "一店", "11": "十一店", "O1": "零店"}}
GRADES = {"A": "活跃", "B": "一般", "VIP": "贵宾"}
NAMES = ["北京字节跳动", "Claire Gute", "单雄信"]
BREAKS = ["-", "", "/", "C", "-HQ-", "."]
PLACEHOLDERS = {
    "region": ["{region}"],
    "text": ["{text:3}", "{text}"],
    "initials": ["{initials}", "{initials:3}"],
    "date": ["{date:YYYYMM}", "{date:YYMMDD}", "{date:GGGGWW}"],
    "serial": ["{serial:3}", "{serial:2..4}", "{serial:1}"],
    "check": ["{check}"],
    "random": ["{random:2}"],
    "reserved": ["{reserved:2}"],
    "grade": ["{grade}"],
    "seen": ["{seen:YYMM}"],
}
OVERFLOWS = ["stop", "lengthen", "letters"]


@dataclass(frozen=True)
class Input:
    """One request for a code."""

    facts: dict[str, str]
    at: datetime
    serial: int
    random: str


@st.composite
def grammars(draw: st.DrawFn) -> Grammar:
    others = draw(
        st.lists(st.sampled_from([name for name in PLACEHOLDERS if name != "serial"]), max_size=4, unique=True)
    )
    names = draw(st.permutations([*others, "serial"]))
    template = "".join(draw(st.sampled_from(PLACEHOLDERS[name])) + draw(st.sampled_from(BREAKS)) for name in names)
    template = draw(st.sampled_from(["", "V-", "K"])) + template
    return compile_scheme(load_scheme("\n".join(lines(draw, template))))


def lines(draw: st.DrawFn, template: str) -> Iterator[str]:
    yield f'kehuma = 1\nname = "random"\ntemplate = "{template}"\nmax_length = 60'
    if "{region" in template:
        yield from ("[segments.region.dictionary]", *named(REGIONS[draw(st.sampled_from(sorted(REGIONS)))]))
    if "{text:3" in template:
        yield '[segments.text]\npad = "0"'
    if "{grade" in template:
        yield from ("[segments.grade]\nlive = true\n[segments.grade.dictionary]", *named(GRADES))
    if "{seen" in template:
        yield '[segments.seen]\nkind = "date"\nlive = true'
    if "{check" in template:
        yield f'[segments.check]\nalgorithm = "{draw(st.sampled_from(["iso7064-mod37-2", "iso7064-mod37-36"]))}"'
    overflow = draw(st.sampled_from(OVERFLOWS))
    alphabet = draw(st.sampled_from(["digits", "base32"])) if overflow != "letters" else "digits"
    yield f'[segments.serial]\noverflow = "{overflow}"\nalphabet = "{alphabet}"'


def named(names: dict[str, str]) -> list[str]:
    return [f'{symbol} = "{name}"' for symbol, name in names.items()]


@st.composite
def inputs(draw: st.DrawFn, grammar: Grammar) -> Input:
    facts = {
        segment.attribute: draw(st.sampled_from(segment.dictionary.symbols))
        for segment in grammar.segments
        if isinstance(segment, Lookup)
    }
    facts["text"] = draw(st.text("AB01OIL", min_size=1, max_size=3))
    facts["name"] = draw(st.sampled_from(NAMES))
    counter = grammar.scheme.serial
    assert counter is not None
    last = serials.last_number(counter, min(grammar.room, 8))
    return Input(
        facts,
        draw(st.datetimes(datetime(2000, 1, 1), datetime(2098, 12, 31))),  # noqa: DTZ001  # days of the scheme's zone
        draw(st.integers(0, last) | st.integers(0, 20).filter(lambda number: number <= last)),
        draw(st.text("0123456789", min_size=2, max_size=2)),
    )


def written(grammar: Grammar, request: Input) -> tuple[Written, str]:
    """The code and its counter key; numbers whose check character cannot be printed are passed over."""
    snapshot = grammar.snapshot(request.facts, at=request.at)
    try:
        return grammar.write(snapshot, serial=request.serial, random=request.random), snapshot.counter_key
    except WriteError as error:
        assume(error.message not in ("check-not-printable", "code-too-long"))
        raise


def outcome(read: Reading) -> tuple[object, ...]:
    return read.code, read.texts, read.normalised


def result_of(read: Callable[..., Reading], *arguments: object) -> object:
    try:
        return outcome(read(*arguments))
    except ReadError as error:
        return error.message, error.facts


def fault_of(read: Callable[[], object]) -> ReadError | None:
    try:
        read()
    except ReadError as error:
        return error
    return None


def without_live(grammar: Grammar, texts: Sequence[str], kept: Sequence[bool]) -> str:
    """The code in a form in which some of its live parts are missing."""
    pairs = zip(grammar.segments, texts, kept, strict=True)
    return grammar.code_of(["" if segment.live and not is_kept else text for segment, text, is_kept in pairs])


@given(data=st.data(), grammar=grammars())
def test_what_a_scheme_writes_it_reads_in_every_form(data: st.DataObject, grammar: Grammar) -> None:
    request = data.draw(inputs(grammar))
    code, key = written(grammar, request)
    is_unique = prove_unique(grammar).ok
    texts = next(reading.texts for reading in grammar.readings(code.code, 1000) if reading.identity == code.identity)
    kept = data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts)))
    for text in (code.code, code.identity, without_live(grammar, texts, kept)):
        found = grammar.readings(text, 1000)
        mine = [reading for reading in found if reading.identity == code.identity and reading.serial == request.serial]
        assert mine
        assert mine[0].counter_key == key
        assert mine[0].code == text
        if is_unique:
            assert len(found) == 1
            assert outcome(grammar.read(text)) == outcome(mine[0])


@given(data=st.data(), grammar=grammars())
def test_every_part_of_a_code_has_a_meaning_in_both_languages(data: st.DataObject, grammar: Grammar) -> None:
    code, _ = written(grammar, data.draw(inputs(grammar)))
    reading = grammar.readings(code.code, 1)[0]
    assert [segment.text for segment in reading.segments] == [text for text in reading.texts if text]
    assert all(segment.zh and segment.en for segment in reading.segments)
    assert reading.flags == ()
    assert reading.parent is None


@given(data=st.data(), grammar=grammars())
def test_the_short_way_reads_as_the_long_way_does(data: st.DataObject, grammar: Grammar) -> None:
    code, _ = written(grammar, data.draw(inputs(grammar)))
    place = data.draw(st.integers(0, len(code.code)))
    character = data.draw(st.sampled_from("0O1ILAXZ9-/ é"))
    texts = [
        code.code,
        code.identity,
        code.code[:place] + character + code.code[place + 1 :],
        code.code[:place] + character + code.code[place:],
        code.code[:place] + code.code[place + 1 :],
        code.code.lower(),
        data.draw(st.text("0O1A-VKHQ", max_size=14)),
    ]
    for text in texts:
        long_way = result_of(reader.read, grammar, text)
        # The first reading of a length lays out its plan, the second follows it.
        assert result_of(grammar.read, text) == long_way
        assert result_of(grammar.read, text) == long_way


@given(data=st.data(), grammar=grammars())
def test_a_fault_lies_within_the_text(data: st.DataObject, grammar: Grammar) -> None:
    code, _ = written(grammar, data.draw(inputs(grammar)))
    text = data.draw(st.text(max_size=70) | st.text(code.code + "-0O ﬃ京\0\ud800", max_size=30))
    fault = fault_of(lambda: grammar.read(text))
    if fault is None:
        assert grammar.readings(grammar.read(text).code)
    else:
        assert 0 <= fault.position <= len(str(fault.facts["text"]))
        assert fault.say("zh")
        assert len(fault.say("en")) < 1000


@given(data=st.data(), grammar=grammars())
def test_people_may_type_a_code_without_its_separators_in_any_case(data: st.DataObject, grammar: Grammar) -> None:
    code, _ = written(grammar, data.draw(inputs(grammar)))
    assume(prove_unique(grammar).ok and prove_loose(grammar).ok)
    dash = data.draw(st.sampled_from(["", "–", " ", "－", "_", "ｰ"]))
    typed = code.code.lower().replace("-", dash)
    assert grammar.read(typed).identity == code.identity
    assert loose(typed, most=60) == loose_of(code.code)


@given(data=st.data(), grammar=grammars())
def test_different_requests_never_get_one_code(data: st.DataObject, grammar: Grammar) -> None:
    one, other = data.draw(inputs(grammar)), data.draw(inputs(grammar))
    (code, key), (second, second_key) = written(grammar, one), written(grammar, other)
    assume(prove_unique(grammar).ok)
    if key != second_key or one.serial != other.serial:
        assert code.identity != second.identity
    if code.identity == second.identity:
        assert key == second_key


@settings(max_examples=200)
@given(text=st.text(max_size=30), case_sensitive=st.booleans())
def test_normalising_twice_changes_nothing(text: str, case_sensitive: bool) -> None:  # noqa: FBT001  # drawn
    for normalise in (canonical, loose):
        fault = fault_of(lambda: normalise(text, most=40, case_sensitive=case_sensitive))  # noqa: B023  # called at once
        if fault is None:
            once = normalise(text, most=40, case_sensitive=case_sensitive)
            assert normalise(once, most=40, case_sensitive=case_sensitive) == once
            assert once.isascii()
        else:
            assert 0 <= fault.position <= len(str(fault.facts["text"]))


@given(number=st.integers(-1, 10**9), width=st.integers(1, 5), overflow=st.sampled_from(OVERFLOWS))
def test_a_number_and_its_text_are_one(number: int, width: int, overflow: Overflow) -> None:
    serial = Serial("serial", width=width, overflow=overflow)
    try:
        text = serials.text_of(serial, number, room=7)
    except WriteError:
        assert number < 0 or number > serials.last_number(serial, 7)
    else:
        assert serials.number_of(serial, text) == number
        assert len(text) in serials.language(serial, 7).ends(text, 0)


@given(data=st.data())
def test_a_date_reads_back_to_the_day(data: st.DataObject) -> None:
    tokens = data.draw(
        st.sampled_from([("YYYY", "MM", "DD"), ("GGGG", "WW"), ("YY", "Q"), ("FYYYY", "MM"), ("HH", "mm")])
    )
    at = data.draw(st.datetimes(datetime(1, 1, 1), datetime(9990, 1, 1)))  # noqa: DTZ001  # a day of no zone
    scheme = load_scheme(f'kehuma = 1\nname = "x"\ntemplate = "{{date:{"".join(tokens)}}}-{{serial:2}}"')
    grammar = compile_scheme(scheme)
    code = grammar.write(grammar.snapshot({}, at=at), serial=1)
    assert isinstance(grammar.segments[0], Date)
    assert grammar.read(code.code).texts[0] == code.code[:-3]


def test_a_plan_is_made_for_the_codes_that_are_read_most() -> None:
    scheme = load_scheme(
        'kehuma = 1\nname = "x"\ntemplate = "{region}-{serial:4}-{grade}{check}"\n[segments.region]\n'
        'dictionary = "cn-province"\n[segments.grade]\nlive = true\n[segments.grade.dictionary]\nAB = "a"'
    )
    grammar = compile_scheme(scheme)
    assert plan_for(grammar, len("BJ-0001-ABX")) is not NO_PLAN
    assert plan_for(grammar, len("BJ-0001X")) is not NO_PLAN
    for length in (9, 10):
        assert plan_for(grammar, length) is NO_PLAN
