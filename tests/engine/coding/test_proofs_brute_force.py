"""The proofs against the plain truth: every code of small schemes written out, and every pair of them compared."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import groupby, product

from hypothesis import given
from hypothesis import strategies as st

from kehuma.engine.coding.dictionaries import Dictionary, Entry
from kehuma.engine.coding.errors import SchemeError
from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.model import (
    SEPARATORS,
    Literal,
    Lookup,
    Parent,
    Part,
    Random,
    Reserved,
    Scheme,
    Serial,
    Text,
)
from kehuma.engine.coding.proofs import compatible, left_out, overlap, prove_loose, prove_unique

LONGEST = 6
SYMBOLS = st.text("01A", min_size=1, max_size=2)


@st.composite
def lookups(draw: st.DrawFn, name: str) -> Lookup:
    symbols = draw(st.lists(SYMBOLS, min_size=1, max_size=3, unique=True))
    names = draw(st.lists(st.sampled_from("甲乙"), min_size=len(symbols), max_size=len(symbols)))
    entries = [Entry(symbol, zh=name) for symbol, name in zip(symbols, names, strict=True)]
    return Lookup(name, name, Dictionary(name, entries), live=draw(st.booleans()))


@st.composite
def serials(draw: st.DrawFn, alphabet: str = "01") -> Serial:
    width = draw(st.integers(1, 2))
    most = draw(st.sampled_from((0, 0, width, width + 1)))
    serial = Serial("serial", width=width, width_max=most, alphabet=alphabet)
    return replace(serial, overflow="lengthen") if draw(st.booleans()) else serial


@st.composite
def parts(draw: st.DrawFn) -> tuple[Part, ...]:
    texts = st.builds(
        lambda name, width, live: Text(name, name, width=width, alphabet="0A", live=live),
        st.just("note"), st.integers(0, 1), st.booleans(),
    )  # fmt: skip
    literal = st.sampled_from(("-", "-", "A", "0", "A-", "-0")).map(Literal)
    segments: list[Part] = [draw(serials())]
    segments += [draw(lookups(name)) for name in ("kind", "grade") if draw(st.booleans())]
    segments += draw(st.one_of(st.just([]), st.just([]), texts.map(lambda text: [text])))
    segments += draw(st.sampled_from(([], [], [Reserved("spare", "0")], [Random("drawn", 1, "1A")])))
    found: list[Part] = []
    for segment in draw(st.permutations(segments)):
        if draw(st.booleans()):
            found.append(draw(literal))
        found.append(segment)
    return tuple(found)


@st.composite
def grammars(draw: st.DrawFn) -> Grammar:
    for _ in range(5):
        try:
            return compile_scheme(Scheme("small", draw(parts()), max_length=LONGEST))
        except SchemeError:
            continue
    return compile_scheme(Scheme("small", (Serial("serial"),), max_length=LONGEST))


@st.composite
def families(draw: st.DrawFn) -> Grammar:
    """A child whose parent may be of two schemes."""
    parents = {name: draw(grammars()) for name in ("first", "second")}
    tail = draw(st.sampled_from(((), (Literal("-"),), (Literal("A"),))))
    scheme = Scheme("child", (Parent("parent", schemes=tuple(parents)), *tail, draw(serials())), max_length=LONGEST)
    try:
        return compile_scheme(scheme, parents=parents)
    except SchemeError:
        return parents["first"]


# -- all codes of a grammar, written out without any automaton of the proofs


Written = tuple[str, str, tuple[str, ...], tuple[object, ...]]


def words(grammar: Grammar) -> list[list[str]]:
    return [
        [w for width in range(1, LONGEST + 1) for w in language.enumerated(width, 10**6) or ()]
        for language in grammar.languages
    ]


def codes(grammar: Grammar) -> Iterator[Written]:
    """Each way to write a code: its text, its identity, its segments' texts, and what each character belongs to."""
    all_words = words(grammar)
    groups = [list(members) for _, members in groupby(range(len(grammar.items)), lambda i: (grammar.items[i].group, grammar.items[i].group is None and i))]  # fmt: skip
    choices = []
    for members in groups:
        filled = [tuple(zip(members, texts, strict=True)) for texts in product(*(all_words[i] for i in members))]
        choices.append(filled if grammar.items[members[0]].group is None else [(), *filled])
    for chosen in product(*choices):
        pieces = dict(pair for choice in chosen for pair in choice)
        text = "".join(pieces.values())
        if len(text) <= LONGEST:
            yield _written(grammar, pieces, text)


def _written(grammar: Grammar, pieces: dict[int, str], text: str) -> Written:
    identity = "".join(piece for i, piece in pieces.items() if grammar.items[i].group is None)
    segments = tuple(pieces.get(i, "") for i, item in enumerate(grammar.items) if not item.is_literal)
    belongs = tuple(
        (grammar.items[i].group is None, "" if item.is_literal else getattr(item.part, "name", ""))
        for i, piece in pieces.items()
        for item in [grammar.items[i]]
        for _ in piece
    )
    return text, identity, segments, belongs


def bare(text: str) -> str:
    return "".join(character for character in text if character not in SEPARATORS)


def shortest_shared(by_text: Mapping[str, AbstractSet[object]]) -> int | None:
    return min((len(text) for text, readings in by_text.items() if len(readings) > 1), default=None)


# -- the laws


@given(grammar=grammars())
def test_a_scheme_is_refused_exactly_when_some_code_can_be_read_in_two_ways(grammar: Grammar) -> None:
    by_text = defaultdict(set)
    for text, _, segments, _ in codes(grammar):
        by_text[text].add(segments)
    verdict = prove_unique(grammar)
    assert verdict.ok == (shortest_shared(by_text) is None)
    if verdict.witness is not None:
        assert len(verdict.witness) == shortest_shared(by_text)
        assert set(verdict.readings) <= by_text[verdict.witness]
        assert verdict.readings[0] != verdict.readings[1]
        read = {reading.texts for reading in grammar.readings(verdict.witness, 99)}
        assert read == by_text[verdict.witness]


@given(grammar=st.one_of(grammars(), families()))
def test_a_scheme_needs_its_separators_exactly_when_two_identities_differ_in_nothing_else(grammar: Grammar) -> None:
    identities = defaultdict(set)
    for text, identity, _, _ in codes(grammar):
        identities[bare(text)].add((identity,))
    verdict = prove_loose(grammar)
    assert verdict.ok == (shortest_shared(identities) is None)
    if verdict.witness is not None:
        assert len(verdict.witness) == shortest_shared(identities)
        segments = {segments for text, _, segments, _ in codes(grammar) if bare(text) == verdict.witness}
        assert set(verdict.readings) <= segments
    assert prove_loose(compile_scheme(replace(grammar.scheme, separators_required=True), parents=grammar.parents)).ok


@given(one=grammars(), other=grammars())
def test_two_schemes_overlap_exactly_when_they_share_a_code(one: Grammar, other: Grammar) -> None:
    shared = {text for text, *_ in codes(one)} & {text for text, *_ in codes(other)}
    witness = overlap(one, other)
    assert (witness is None) == (not shared)
    if witness is not None:
        assert witness in shared
        assert len(witness) == min(map(len, shared))
    assert (overlap(other, one) is None) == (witness is None)


@given(one=grammars(), other=grammars())
def test_a_code_is_left_out_exactly_when_the_other_scheme_does_not_read_it(one: Grammar, other: Grammar) -> None:
    missing = {text for text, *_ in codes(one)} - {text for text, *_ in codes(other)}
    witness = left_out(one, other)
    assert (witness is None) == (not missing)
    if witness is not None:
        assert witness in missing
        assert len(witness) == min(map(len, missing))


@given(grammar=families())
def test_a_child_is_refused_exactly_when_it_or_a_parent_is_ambiguous_or_the_parents_overlap(grammar: Grammar) -> None:
    by_text = defaultdict(set)
    for text, _, segments, _ in codes(grammar):
        by_text[text].add(segments)
    parents = list(grammar.parents.values())
    identities = [{identity for _, identity, _, _ in codes(parent)} for parent in parents]
    is_fine = shortest_shared(by_text) is None and all(prove_unique(parent).ok for parent in parents)
    assert prove_unique(grammar).ok == (is_fine and not (parents and identities[0] & identities[1]))


@st.composite
def versions(draw: st.DrawFn) -> tuple[Grammar, Grammar]:
    """A scheme and one that a small change made of it; or any two."""
    old = draw(grammars())
    changed = list(old.scheme.parts)
    for index, part in enumerate(changed):
        if draw(st.booleans()):
            changed[index] = draw(_variant(part))
    if draw(st.integers(0, 4)) == 0:
        changed.insert(draw(st.integers(0, len(changed))), draw(lookups("extra")))
    try:
        return old, compile_scheme(replace(old.scheme, parts=tuple(changed)))
    except SchemeError:
        return old, draw(grammars())


def _variant(part: Part) -> st.SearchStrategy[Part]:
    match part:
        case Lookup(name=name):
            return lookups(name)
        case Serial():
            return st.sampled_from(("01", "10", "01A")).flatmap(serials)
        case Reserved(name=name):
            return st.one_of(lookups(name), st.just(Random(name, 1, "1A")))
        case Text():
            return st.just(replace(part, live=not part.live))
        case _:
            return st.just(part)


def meaning(grammar: Grammar, segments: tuple[str, ...]) -> tuple[object, ...]:
    """What a code says, segment by segment, in the words of the contract: a kind, a name in a dictionary, a number."""
    said: list[object] = []
    for segment, text in zip(grammar.segments, segments, strict=True):
        if isinstance(segment, Lookup) and text:
            entry = segment.dictionary.entry(text)
            said.append((segment.name, "lookup", entry and entry.zh))
        elif isinstance(segment, Serial):
            said.append((segment.name, "serial", sum(len(segment.alphabet) ** place * segment.alphabet.index(c) for place, c in enumerate(reversed(text)))))  # fmt: skip
        elif text:
            said.append((segment.name, type(segment).__name__))
    return tuple(said)


@given(pair=versions())
def test_two_versions_stand_together_exactly_when_they_say_the_same_of_every_common_code(
    pair: tuple[Grammar, Grammar],
) -> None:
    old, new = pair
    said = []
    for grammar in pair:
        by_text = defaultdict(set)
        for text, _, segments, belongs in codes(grammar):
            by_text[text].add((belongs, meaning(grammar, segments)))
        said.append(by_text)
    differing = [t for t in said[0].keys() & said[1].keys() if len(said[0][t] | said[1][t]) > 1]
    verdict = compatible(old, new)
    assert verdict.ok == (not differing)
    if verdict.witness is not None:
        assert verdict.witness in differing
        assert len(verdict.witness) == min(map(len, differing))


def test_the_enumeration_itself_knows_groups_and_lengths() -> None:
    grade = Lookup("grade", "grade", Dictionary("grade", [Entry("A"), Entry("1")]), live=True)
    grammar = compile_scheme(
        Scheme("small", (Serial("serial", alphabet="01"), Literal("-"), grade), max_length=LONGEST)
    )
    assert sorted(text for text, *_ in codes(grammar)) == ["0", "0-1", "0-A", "1", "1-1", "1-A"]
