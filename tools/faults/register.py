"""A register to do harm to, programs that ask it for codes, and whether it has kept its promises afterwards."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.test import Client
from tools.faults.report import Report

from kehuma.apps.access import services as access
from kehuma.apps.audit import services as audit
from kehuma.apps.audit import verifying
from kehuma.apps.codes import queries, services
from kehuma.apps.codes.ceilings import ceilings
from kehuma.apps.codes.models import Code
from kehuma.lib import clock
from kehuma.lib.db import upgrading
from kehuma.lib.viewer import system

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SCHEME = """
kehuma = 1
name = "customer"
template = "{region}-{serial:7}-{check}"
[segments.region]
dictionary = "cn-province"
[segments.serial]
per = ["region"]
allocation = "gapless"
[segments.check]
algorithm = "iso7064-mod37-36"
"""
REGIONS = ("北京", "上海", "四川")
# So many requests are asked once more in the end.
_ASKED_AGAIN = 500


# What is asked for over HTTP, `ask` cannot ask for again.
HTTP = "http"


class Request(NamedTuple):
    """What a program asks for: everything about it follows from its number, so that it can be asked again."""

    program: str
    number: int


class Given(NamedTuple):
    """The codes that were acknowledged, and how many of them an earlier, unheard answer had given already."""

    codes: tuple[str, ...]
    found_again: int = 0


Told = dict[Request, tuple[str, ...]]


def make() -> None:
    """The tables, the scheme, and every module and grammar loaded that a program will use."""
    upgrading.upgrade()
    services.publish(SCHEME, actor="operator", at=NOON)
    for number in range(10):
        ask(Request("warm-up", number))


def key() -> str:
    """A key with which a program may do over HTTP what programs may do."""
    at = clock.now()
    until = at + timedelta(days=300)
    made = access.create_machine_key(
        system("cli:operator"), name="ERP", permissions=access.MACHINE_RIGHTS, expires_at=until, at=at
    )
    return made.text


def client() -> Client:
    """A program with such a key, without a server between."""
    headers = {"Authorization": f"Bearer {key()}"}
    return Client(raise_request_exception=False, headers=headers, SERVER_NAME="localhost")


def ask(request: Request) -> Given:
    """Ask for what the request is for: of ten, two are little files, one is a reservation, the others single codes.

    Every other one of these is issued together with those that wait at that moment.
    """
    key, facts = f"{request.program} {request.number}", {"region": region_of(request)}
    match request.number % 10:
        case 0 | 5:
            return _file(request, facts["region"])
        case 3:
            until = NOON + timedelta(days=1)
            kept = services.reserve(
                "customer", facts, request_key=key, owner=request.program, until=until, actor=request.program, at=NOON
            )
            done = services.confirm(kept.code, key, actor=request.program, at=NOON)
            return Given((done.code,), int(not kept.is_new))
        case 7:
            audit.sequence(NOON)
    issue = services.issue_waiting if request.number % 2 else services.issue
    issued = issue("customer", facts, request_key=key, actor=request.program, at=NOON)
    return Given((issued.code,), int(not issued.is_new))


def region_of(request: Request) -> str:
    """The customers come from a few regions, each with a counter of its own."""
    return REGIONS[request.number % len(REGIONS)]


def line_of(request: Request, given: Given) -> str:
    """An acknowledgement as a line."""
    return f"{request.program} {request.number} {given.found_again} {' '.join(given.codes)}"


def heard(lines: Sequence[str]) -> Iterator[tuple[Request, Given]]:
    """The acknowledgements of lines."""
    for line in lines:
        program, number, found_again, *codes = line.split(" ")
        yield Request(program, int(number)), Given(tuple(codes), int(found_again))


def check(told: Told, report: Report) -> None:
    """Whether every acknowledged code is there once, nothing else is, and numbers, log and store are as they should be."""
    given = [code for codes in told.values() for code in codes]
    warm = [code for number in range(10) for code in ask(Request("warm-up", number)).codes]
    stored = set(Code.objects.values_list("form", flat=True))
    report.some("acknowledged", len(given))
    report.none("duplicates", [code for code, times in Counter(given).items() if times > 1])
    report.none("lost", set(given) - stored)
    report.none("orphans", stored - set(given) - set(warm))
    ours = [one for one in told if one.program != HTTP]
    again = ours[:: max(1, len(ours) // _ASKED_AGAIN)]
    report.none("other code when asked again", [one for one in again if ask(one).codes != told[one]])
    check_store(report)


def check_store(report: Report) -> None:
    """Numbers without an explanation, faults of the log, faults of the store."""
    spans = [span for counter in ceilings() for span in queries.gaps(*counter)]
    report.none("unexplained gaps", [span for span in spans if span.kind == "unexplained"])
    audit.sequence(NOON)
    report.none("faults of the log", [fault.message for fault in verifying.verify().faults])
    report.none("faults of the store", [*queries.faults(), *_damage()])


def _damage() -> Sequence[str]:
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        found = [text for (text,) in cursor.fetchall() if text != "ok"]
        cursor.execute("PRAGMA foreign_key_check")
        return [*found, *map(str, cursor.fetchall())]


def _file(request: Request, region: str) -> Given:
    batch = services.Batch("customer", ["region"], source=request.program, actor=request.program, at=NOON)
    outcomes = batch.issue([(f"{request.number} {row}", (region,)) for row in range(3)])
    codes = tuple(one.code for one in outcomes if one.code)
    if len(codes) != 3:
        raise RuntimeError(f"rows without a code: {outcomes}")
    return Given(codes, sum(one.kind == "known" for one in outcomes))
