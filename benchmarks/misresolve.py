"""How often a typing error opens another customer, and how often the one that was meant is suggested first.

    python benchmarks/misresolve.py [CODES] [ERRORS]

The same customers are coded by two schemes that differ in the check character only (ISO 7064 MOD 37,2). Errors are made
as people make them (J. Verhoeff, Error detecting decimal codes, 1969): most change one character, half of these to a
neighbour on the keyboard or to a look-alike; others exchange neighbours, leave one out, type one twice. The errors are
invented by a fixed seed. A hit on another code is a misresolve; a text that is mended without a doubt is found.
"""

# ruff: noqa: PLC0415, S311 - Django is imported once its data folder is known; nothing here is secret
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable

SCHEME = """
kehuma = 1
name = "{name}"
template = "{start}{{region}}-{{industry}}-{{serial:5}}{check}"
[segments.region]
dictionary = "cn-province"
[segments.industry]
dictionary = "cn-industry"
"""
REGIONS, TRADES = 8, 5
ROWS = ("1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")
ALIKE = {"0": "O", "O": "0", "1": "I", "I": "1", "5": "S", "S": "5", "8": "B", "B": "8", "2": "Z", "Z": "2", "6": "G"}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def main() -> None:
    """Print the rates of both schemes."""
    codes = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    errors = int(sys.argv[2]) if len(sys.argv) > 2 else 3_000
    for name, start, check in (("with", "", "{check}"), ("without", "", "")):
        with tempfile.TemporaryDirectory() as home:
            process = os.fork()
            if not process:
                _one(home, name, SCHEME.format(name=name, start=start, check=check), codes, errors)
                sys.stdout.flush()
                os._exit(0)
            os.waitpid(process, 0)


def _one(home: str, name: str, source: str, count: int, errors: int) -> None:
    issued = _filled(home, name, source, count)
    from kehuma.apps.codes import queries

    known, chance, told = set(issued), random.Random(7), Counter[str]()
    begun, tried = time.perf_counter(), 0
    while tried < errors:
        meant = chance.choice(issued)
        typed = _mistyped(meant, chance)
        if typed == meant:
            continue
        tried += 1
        answer = queries.resolve(typed)
        suggested = [one.code for one in answer.suggestions]
        told["found"] += answer.code == meant
        told["wrong"] += answer.found and answer.code != meant
        told["wrong and said to be checked"] += answer.found and answer.code != meant and answer.checked
        told["nothing"] += not answer.found and not suggested
        told["first"] += suggested[:1] == [meant]
        told["three"] += meant in suggested[:3]
        told["listed"] += meant in suggested
        told["typed a code"] += typed in known
    seconds = time.perf_counter() - begun
    print(f"{name} check character: {len(issued):,} codes such as {issued[0]}, {errors:,} typing errors")
    for key in ("wrong", "wrong and said to be checked", "found", "first", "three", "listed", "nothing"):
        print(f"  {key:<30} {told[key]:>6,}  {told[key] / errors:8.2%}")
    asked = errors - told["found"] - told["wrong"]
    print(f"  of those not answered: first {told['first'] / asked:.1%}, among three {told['three'] / asked:.1%}")
    print(f"  {seconds / errors * 1e3:.1f} ms a text")


def _filled(home: str, name: str, source: str, count: int) -> list[str]:
    os.environ["KEHUMA_HOME"] = home
    os.environ["DJANGO_SETTINGS_MODULE"] = "kehuma.config.settings"
    import django

    django.setup()
    from kehuma.apps.codes import queries, services
    from kehuma.lib import clock
    from kehuma.lib.db import upgrading

    upgrading.upgrade()
    services.publish(source, actor="benchmark", at=clock.now())
    regions = queries.dictionary("cn-province").symbols[:REGIONS]
    trades = queries.dictionary("cn-industry").symbols[:TRADES]
    rows = [(str(number), (regions[number % REGIONS], trades[number // REGIONS % TRADES])) for number in range(count)]
    batch = services.Batch(name, ["region", "industry"], source="file", actor="benchmark", at=clock.now())
    return [outcome.code for outcome in batch.issue(rows) if outcome.code]


def _mistyped(code: str, chance: random.Random) -> str:
    places = [place for place, character in enumerate(code) if character != "-"]
    place = chance.choice(places)
    kinds: list[tuple[float, Callable[[], str]]] = [
        (0.69, lambda: code[:place] + _other(code[place], chance) + code[place + 1 :]),
        (0.12, lambda: _exchanged(code, place)),
        (0.10, lambda: code[:place] + code[place + 1 :]),
        (0.06, lambda: code[:place] + code[place] + code[place:]),
        (0.02, lambda: _exchanged(code, place, 2)),
        (0.01, lambda: _twice(code, place, chance)),
    ]
    (made,) = chance.choices([make for _, make in kinds], [share for share, _ in kinds])
    return made()


def _other(character: str, chance: random.Random) -> str:
    near = "".join(row[max(0, at - 1) : at + 2] for row in ROWS if (at := row.find(character)) >= 0)
    near = (near + ALIKE.get(character, "")).replace(character, "")
    kind = "0123456789" if character.isdigit() else LETTERS
    return chance.choice(near if near and chance.random() < 0.5 else kind.replace(character, ""))


def _exchanged(code: str, place: int, far: int = 1) -> str:
    other = place + far
    if other >= len(code) or "-" in (code[place], code[other]):
        return code
    return code[:place] + code[other] + code[place + 1 : other] + code[place] + code[other + 1 :]


def _twice(code: str, place: int, chance: random.Random) -> str:
    if place + 1 >= len(code) or code[place] != code[place + 1]:
        return code
    other = _other(code[place], chance)
    return code[:place] + other + other + code[place + 2 :]


if __name__ == "__main__":
    main()
