"""Every number of a counter has its fate; none is ever unexplained."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kehuma.apps.codes import queries, runs, services
from kehuma.apps.codes.ceilings import raise_counters
from kehuma.apps.codes.data import Span
from kehuma.apps.codes.errors import ManualError, UnknownCounterError
from kehuma.apps.codes.history_models import Skip
from kehuma.apps.codes.models import Code
from kehuma.apps.codes.models import Counter as CounterRow
from kehuma.engine.coding.errors import CodingError
from kehuma.lib.viewer import Refused, Viewer, system

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
CHIEF, CLERK = system("主管"), Viewer(4, "wang", "小王")
BY: Any = {"actor": "小王", "at": NOON}


def manual(scheme: str, text: str, key: str = "") -> Any:
    return services.issue_manual(CHIEF, scheme, text, request_key=key or f"by hand {text}", at=NOON)


def fates(scheme: str, key: str = "") -> list[tuple[Any, ...]]:
    return [(span.first, span.last, span.kind, span.reason) for span in queries.gaps(scheme, key)]


def test_the_fates_of_a_counter_are_told_as_ranges(publish: Any, issue: Any) -> None:
    publish("unit", "plain")
    issue("unit", "x", department="C", unit="003")
    for number in range(3):
        issue("plain", f"r{number}")
    services.reserve("plain", {}, request_key="k", owner="王", until=NOON + timedelta(1), **BY)
    services.void("C-002", "mistake", **BY)
    manual("plain", "C-009")
    assert list(queries.gaps("plain")) == [
        Span("", 1, 1, 1, "issued", "issued"),
        Span("", 2, 2, 1, "void", "void", "mistake", "小王"),
        Span("", 3, 3, 1, "skipped", "", "taken", "小王", "C-003"),
        Span("", 4, 4, 1, "issued", "issued"),
        Span("", 5, 5, 1, "reserved", "reserved", "", "王"),
        Span("", 6, 8, 3, "unused"),
        Span("", 9, 9, 1, "issued", "issued"),
        Span("", 10, 999, 990, "unused"),
    ]


def test_a_code_by_hand_needs_the_right_and_a_free_number(publish: Any, issue: Any) -> None:
    publish("plain")
    with pytest.raises(Refused):
        services.issue_manual(CLERK, "plain", "C-002", request_key="x", at=NOON)
    assert manual("plain", "c002").code == "C-002"
    assert manual("plain", "c002") == manual("plain", "c002")
    with pytest.raises(ManualError):
        manual("plain", "C-002", "another")
    with pytest.raises(CodingError):
        manual("plain", "D-002")
    assert [issue("plain", f"r{number}").code for number in range(3)] == ["C-001", "C-003", "C-004"]


def test_a_file_passes_over_what_was_given_by_hand(publish: Any, issue_many: Any) -> None:
    publish("plain")
    for text in ("C-002", "C-005"):
        manual("plain", text)
    outcomes = issue_many("plain", [], [(f"row {number}", ()) for number in range(4)])
    assert [outcome.code for outcome in outcomes] == ["C-001", "C-003", "C-004", "C-006"]
    assert fates("plain")[0] == (1, 6, "issued", "")


def test_a_number_by_hand_is_passed_over_also_where_the_text_would_be_another(publish: Any, issue: Any) -> None:
    publish("dated")
    grammar = queries.grammar("dated", NOON)
    text = grammar.write(grammar.snapshot({"region": "北京", "kind": "金融"}), serial=1).code
    manual("dated", text)
    assert issue("dated", "r", region="北京", kind="教育").number == 2
    with pytest.raises(ManualError, match=text):
        manual("dated", grammar.write(grammar.snapshot({"region": "北京", "kind": "教育"}), serial=1).code)


def test_codes_in_use_come_in_once_and_their_counter_moves_past_them(publish: Any, issue: Any) -> None:
    publish("plain")
    issue("plain", "r0")
    rows = ["C-010", "c007", "C-001", "C-010", "nonsense", "C-005"]
    kinds = [outcome.kind for outcome in services.adopt("plain", rows, source="旧系统", **BY)]
    assert kinds == ["coded", "coded", "known", "known", "rejected", "coded"]
    again = [outcome.kind for outcome in services.adopt("plain", rows, source="旧系统", **BY)]
    assert again == ["known", "known", "known", "known", "rejected", "known"]
    assert issue("plain", "r1").code == "C-011"
    assert fates("plain") == [
        (1, 1, "issued", ""),
        (2, 4, "skipped", "adopted"),
        (5, 5, "issued", ""),
        (6, 6, "skipped", "adopted"),
        (7, 7, "issued", ""),
        (8, 9, "skipped", "adopted"),
        (10, 11, "issued", ""),
        (12, 999, "unused", ""),
    ]


def test_two_codes_in_use_may_share_a_number_of_one_counter(publish: Any) -> None:
    publish("dated")
    grammar = queries.grammar("dated", NOON)
    texts = [grammar.write(grammar.snapshot({"region": "北京", "kind": kind}), serial=4).code for kind in ("FI", "ED")]
    assert [outcome.kind for outcome in services.adopt("dated", texts, source="x", **BY)] == ["coded", "coded"]
    assert sorted(Code.objects.values_list("number", flat=True), key=str) == [4, None]
    assert all(queries.resolve(text).found for text in texts)


def test_adopted_codes_of_a_hidden_order_do_not_use_its_range_up(publish: Any, issue: Any) -> None:
    publish("hidden")
    services.adopt("hidden", ["HBJ500", "HBJ501"], source="x", **BY)
    assert issue("hidden", "r", region="北京").number in (1, 2, 3)
    assert {kind for *_, kind, _ in fates("hidden", "region=BJ")} == {"issued", "unused"}


def test_a_counter_that_began_past_others_says_so(publish: Any, issue: Any) -> None:
    source = 'kehuma = 1\nname = "two"\ntemplate = "{a:1}{b:1}{serial:3}"\n[segments.a]\n[segments.b]\n[segments.serial]\nper = ["a"]\n'
    publish(source)
    for number in range(5):
        issue("two", f"r{number}", a="X", b="Y")
    publish(source.replace('per = ["a"]', 'per = ["a", "b"]'))
    assert issue("two", "s", a="X", b="Z").number == 6
    assert fates("two", "a=X b=Z")[:2] == [(1, 5, "skipped", "begun"), (6, 6, "issued", "")]


def test_an_unknown_counter_is_refused(publish: Any) -> None:
    publish("plain")
    with pytest.raises(UnknownCounterError):
        queries.gaps("plain", "region=BJ")


def test_a_full_range_has_no_loose_end(publish: Any, issue_many: Any) -> None:
    publish("one-digit")
    issue_many("one-digit", [], [(f"row {number}", ()) for number in range(12)])
    assert fates("one-digit") == [(1, 9, "issued", "")]


def test_many_codes_in_a_row_are_a_few_statements(
    publish: Any, issue_many: Any, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("plain")
    issue_many("plain", [], [(f"row {number}", ()) for number in range(900)])
    services.void("C-500", "mistake", **BY)
    expected = [
        (1, 499, "issued", ""),
        (500, 500, "void", "mistake"),
        (501, 900, "issued", ""),
        (901, 999, "unused", ""),
    ]
    with django_assert_max_num_queries(14):
        assert fates("plain") == expected
    with django_assert_max_num_queries(15):
        assert [span.first for span in queries.gaps("plain", start=501)] == [501, 901]
    monkeypatch.setattr(runs, "_AT_ONCE", 64)
    assert fates("plain") == expected


REGIONS, KINDS = ("北京", "上海"), ("金融", "教育", "软件")
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["issue", "many", "reserve", "hand", "adopt", "void", "expire"]),
        st.sampled_from(REGIONS),
        st.sampled_from(KINDS),
        st.integers(1, 130),
    ),
    max_size=14,
)


@given(acts=ACTS)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_number_is_ever_unexplained(publish: Any, issue: Any, issue_many: Any, acts: list[Any]) -> None:
    with transaction.atomic():
        publish("dated")
        grammar = queries.grammar("dated", NOON)
        for turn, (act, region, kind, number) in enumerate(acts):
            facts = {"region": region, "kind": kind}
            try:
                with transaction.atomic():
                    _do(act, turn, facts, number, grammar, issue, issue_many)
            except (ManualError, CodingError):
                continue
        for row in CounterRow.objects.all():
            spans = list(queries.gaps("dated", row.key))
            covered = [n for span in spans for n in range(span.first, (span.last or 0) + 1)]
            assert covered == list(range(1, 10_000))
            assert [span for span in spans if span.kind == "unexplained"] == []
            assert sum(span.count or 0 for span in spans) == 9_999
            given_out = {n for span in spans if span.kind in ("issued", "void", "reserved") for n in _numbers(span)}
            assert given_out == set(Code.objects.filter(counter=row).values_list("number", flat=True))
            assert Counter(span.kind for span in spans)["unused"] >= 1
            for place, span in enumerate(spans):
                assert list(queries.gaps("dated", row.key, start=span.first)) == spans[place:]
        transaction.set_rollback(True)


def _numbers(span: Span) -> range:
    return range(span.first, (span.last or 0) + 1)


def _do(  # noqa: PLR0917 - a table of acts
    act: str, turn: int, facts: Any, number: int, grammar: Any, issue: Any, issue_many: Any
) -> None:
    match act:
        case "issue":
            for one in range(number % 40):
                issue("dated", f"{turn} {one}", **facts)
        case "many":
            rows = [
                (f"{turn} {one}", (facts["region"], KINDS[one * number % 3] if one % 2 else facts["kind"]))
                for one in range(number)
            ]
            issue_many("dated", ["region", "kind"], rows)
        case "reserve":
            services.reserve("dated", facts, request_key=f"{turn}", owner="王", until=NOON + timedelta(hours=1), **BY)
        case "hand":
            manual("dated", grammar.write(grammar.snapshot(facts), serial=number).code, f"{turn}")
        case "adopt":
            snapshot = grammar.snapshot(facts)
            texts = [grammar.write(snapshot, serial=number + more).code for more in (0, 3, 20)]
            services.adopt("dated", texts, source="x", **BY)
        case "void":
            code = Code.objects.order_by("-id").filter(state="issued").first()
            if code:
                services.void(code.identity, "mistake", **BY)
        case _:
            services.expire_reservations(NOON + timedelta(hours=2))


def test_counters_of_a_lost_life_say_what_they_passed_over(publish: Any, issue: Any) -> None:
    publish("plain", "customer")
    issue("plain", "r1")
    new = ("customer", "region=BJ industry=IT")
    assert raise_counters({("plain", ""): 4, new: 3}, **BY) == 2
    assert fates("plain")[:2] == [(1, 1, "issued", ""), (2, 3, "skipped", "restored")]
    assert fates(*new)[0] == (1, 2, "skipped", "restored")
    assert [skip.actor for skip in Skip.objects.all()] == ["小王", "小王"]
    issue("customer", "r2", region="北京", industry="软件")
    assert (3, 3, "issued", "") in fates(*new)
