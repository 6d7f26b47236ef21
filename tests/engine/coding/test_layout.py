"""Which literal belongs to a live part: the one that looks odd when the part is missing."""

import pytest

from kehuma.engine.coding.grammar import compile_scheme
from kehuma.engine.coding.layout import Item, layout, literal_pieces
from kehuma.engine.coding.model import Literal, Serial, Text, Title
from kehuma.engine.coding.scheme_file import load_scheme

LIVE = '\n[segments.grade]\nlive = true\n[segments.grade.dictionary]\nA = "活跃"\n'
KIND = '[segments.kind]\nlive = true\n[segments.kind.dictionary]\nV = "重要"\n'


@pytest.mark.parametrize(
    ("template", "code", "identity"),
    [
        pytest.param("{serial:3}{grade}", "001A", "001", id="nothing beside it"),
        pytest.param("{serial:3}-{grade}", "001-A", "001", id="the separator before"),
        pytest.param("{grade}-{serial:3}", "A-001", "001", id="the separator after, where none is before"),
        pytest.param("HQ-{grade}-{serial:3}", "HQ-A-001", "HQ-001", id="one of two separators"),
        pytest.param("{serial:3}G{grade}", "001GA", "001", id="a letter before"),
        pytest.param("{grade}G{serial:3}", "AG001", "001", id="a letter after"),
        pytest.param("{serial:3}-G{grade}", "001-GA", "001-", id="of a literal only the run beside it"),
        pytest.param("{grade}-{kind}-{serial:3}", "A-V-001", "001", id="two live parts share nothing"),
        pytest.param("{grade}-{kind}{serial:3}", "A-V001", "001", id="there is one separator for two"),
        pytest.param("{serial:3}{grade}-{kind}-C", "001A-V-C", "001-C", id="a separator is not taken from what stays"),
        pytest.param("{serial:3}{grade}{kind}", "001AV", "001", id="two live parts side by side"),
    ],
)
def test_the_identity_is_what_stays_without_live_parts(template: str, code: str, identity: str) -> None:
    live = LIVE + (KIND if "{kind}" in template else "")
    grammar = compile_scheme(load_scheme(f'kehuma = 1\nname = "x"\ntemplate = "{template}"{live}'))
    written = grammar.write(grammar.snapshot({"grade": "A", "kind": "V"}), serial=1)
    assert (written.code, written.identity) == (code, identity)


def test_a_literal_with_a_title_stays_whole() -> None:
    parts = (Literal("HQ-A", Title("总部", "Headquarters")), Serial("serial"))
    assert layout(parts) == (Item(parts[0]), Item(parts[1]))
    assert [item.is_literal for item in layout(parts)] == [True, False]


def test_a_literal_falls_into_runs() -> None:
    assert literal_pieces("A-/B C") == ["A", "-/", "B", " ", "C"]
    assert layout((Text("grade", "grade", live=True),)) == (Item(Text("grade", "grade", live=True), 0),)
