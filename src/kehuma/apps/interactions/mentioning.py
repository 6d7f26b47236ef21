"""Who is meant by the @ in a remark.

>>> people = [(1, "李经理", "lijl"), (2, "李经", "lij"), (3, "小王", "xiaowang")]
>>> mentioned("@李经理注意，@XIAOWANG 也看看 a@lijl.example", people)
[1, 3]
"""

import re
from collections.abc import Iterable, Sequence

_AT = re.compile(r"(?<![A-Za-z0-9.])[@＠]")


def mentioned(text: str, people: Iterable[tuple[int, str, str]]) -> list[int]:
    """The ids of the people (id, name, sign-in name) named in the text, each once.

    Chinese needs no blank behind a name, so the longest name that fits counts.
    """
    known = sorted(
        ((said.casefold(), person) for person, *names in people for said in names if said),
        key=lambda one: -len(one[0]),
    )
    found = (_first(text[at.end() :].casefold(), known) for at in _AT.finditer(text))
    return list(dict.fromkeys(person for person in found if person is not None))


def _first(rest: str, known: Sequence[tuple[str, int]]) -> int | None:
    for said, person in known:
        # A Latin name ends where its word ends: @li is not @lijl.
        if rest.startswith(said) and not (said.isascii() and rest[len(said) : len(said) + 1].isascii()
                                          and rest[len(said) : len(said) + 1].isalnum()):  # fmt: skip
            return person
    return None
