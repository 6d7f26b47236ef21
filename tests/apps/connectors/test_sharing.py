"""Customers shared by code only: what leaves, what does not, and who is led back."""

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from kehuma.apps.access import queries as access
from kehuma.apps.access import services as people
from kehuma.apps.access.data import RoleFacts
from kehuma.apps.access.models import Role, User
from kehuma.apps.audit import queries as audit
from kehuma.apps.connectors.errors import ColumnsError, ConnectorError, RecipientError, ReleaseError
from kehuma.apps.connectors.models import Release
from kehuma.apps.connectors.sharing import columns, groups, reading, recipients, releases
from kehuma.apps.connectors.sharing.data import ReleaseRow
from kehuma.apps.customers import plain, services
from kehuma.apps.customers.fields import Choice
from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.lib.viewer import Refused, Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
COARSE = ("region:province", "industry:section", "kind")
NewCustomer = Callable[..., str]
Rows = list[dict[str, str]]


@pytest.fixture
def analyst(admin: Viewer) -> UUID:
    """明达数据公司, who looks at why customers leave."""
    return recipients.add(admin, name="明达数据公司", purpose="客户流失分析", at=NOON)


@pytest.fixture
def other(admin: Viewer) -> UUID:
    """北岸大学, who studies trades."""
    return recipients.add(admin, name="北岸大学", purpose="行业研究", at=NOON)


@pytest.fixture
def codes(new_customer: NewCustomer) -> list[str]:
    """Twelve customers: five of a kind, five of another, and two that nobody else is like."""
    places = [("北京市海淀区", "信息技术")] * 5 + [("上海市静安区", "批发")] * 5
    rare = [("云南省昆明市", "制造业"), ("海南省海口市", "制造业")]
    return [
        new_customer(name=f"衡岳{number}有限公司", region=region, industry=industry)
        for number, (region, industry) in enumerate([*places, *rare])
    ]


def _given(
    viewer: Viewer, to: UUID, names: Sequence[str] = COARSE, *, rare: str = "leave-out", kind: str = "csv"
) -> ReleaseRow:
    made = releases.begin(viewer, to, names, kind=kind, rare=rare, at=NOON)
    releases.perform(made.uuid, at=NOON)
    return releases.release(viewer, made.uuid)


def _content(viewer: Viewer, row: ReleaseRow) -> bytes:
    with releases.content(viewer, row.uuid) as file:
        return file.read()


def _rows(viewer: Viewer, row: ReleaseRow) -> Rows:
    return list(csv.DictReader(io.StringIO(_content(viewer, row).decode("utf-8-sig"))))


def _facts_of(rows: Rows) -> Counter[tuple[str, ...]]:
    return Counter(tuple(value for head, value in row.items() if head != "假名") for row in rows)


def test_the_files_of_two_recipients_cannot_be_joined(
    admin: Viewer, analyst: UUID, other: UUID, codes: list[str]
) -> None:
    mine, theirs = (_rows(admin, _given(admin, to)) for to in (analyst, other))
    assert len(mine) == len(theirs) == len(codes) - 2
    assert not {row["假名"] for row in mine} & {row["假名"] for row in theirs}
    # Neither by the order: each file stands in that of its own pseudonyms.
    for rows in (mine, theirs):
        assert [row["假名"] for row in rows] == sorted(row["假名"] for row in rows)
    # Nor by what stands beside: whatever a row says, five of the other file say it too.
    assert min(_facts_of(mine).values()) >= groups.FEW
    assert _facts_of(mine) == _facts_of(theirs)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_code_and_no_name_stands_in_a_file(admin: Viewer, analyst: UUID, codes: list[str], kind: str) -> None:
    everything = [column.name for column in columns.offered()]
    row = _given(admin, analyst, everything, rare="keep", kind=kind)
    assert row.rows == len(codes)
    content = _content(admin, row)
    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"".join(book.read(name) for name in book.namelist())
    text = content.decode("utf-8", "replace")
    assert "上海市" in text
    assert [one for one in [*codes, "衡岳", "孙莉", "13800001234", "小王"] if one in text] == []


def test_the_owner_alone_leads_a_pseudonym_back(
    admin: Viewer, analyst: UUID, other: UUID, codes: list[str], li: Viewer
) -> None:
    given = [row["假名"] for row in _rows(admin, _given(admin, analyst, rare="keep"))]
    read = reading.codes_of(admin, analyst, [f" {given[0].lower()} ", *given[1:], "nonsense"], at=NOON)
    assert sorted(one.identity for one in read) == ["", *sorted(codes)]
    assert reading.code_of(admin, analyst, given[0], at=NOON) in codes
    assert reading.code_of(admin, other, given[0], at=NOON) is None
    with pytest.raises(Refused):
        reading.code_of(li, analyst, given[0], at=NOON)
    with pytest.raises(ConnectorError, match="pseudonyms"):
        reading.codes_of(admin, analyst, [" "], at=NOON)


def test_a_new_epoch_has_other_pseudonyms_and_the_old_ones_are_still_led_back(
    admin: Viewer, analyst: UUID, codes: list[str]
) -> None:
    first = {row["假名"] for row in _rows(admin, _given(admin, analyst, rare="keep"))}
    assert recipients.renew(admin, analyst, at=NOON) == 2
    second = {row["假名"] for row in _rows(admin, _given(admin, analyst, rare="keep"))}
    assert not first & second
    read = reading.codes_of(admin, analyst, [*first, *second], at=NOON)
    assert Counter(one.identity for one in read) == Counter([*codes, *codes])


def test_who_is_in_the_recycle_bin_is_not_given_and_still_led_back(
    admin: Viewer, analyst: UUID, codes: list[str]
) -> None:
    before = {row["假名"] for row in _rows(admin, _given(admin, analyst, rare="keep"))}
    services.delete(admin, [codes[0]], at=NOON)
    after = {row["假名"] for row in _rows(admin, _given(admin, analyst, rare="keep"))}
    (gone,) = before - after
    assert reading.code_of(admin, analyst, gone, at=NOON) == codes[0]


@pytest.mark.parametrize(
    "name",
    [
        "name",
        "short_name",
        "mobile",
        "resident_id",
        "uscc",
        "code",
        "parent",
        "owner",
        "notes",
        "address",
        "own_number",
    ],
)
def test_what_says_who_somebody_is_is_refused(admin: Viewer, analyst: UUID, name: str) -> None:
    with pytest.raises(ColumnsError) as refused:
        releases.begin(admin, analyst, ["region", name], kind="csv", at=NOON)
    assert refused.value.message == "column-personal"
    assert "不能对外共享" in refused.value.say("zh")
    assert not Release.objects.exists()


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("names", "message"),
    [
        pytest.param([], "columns-none", id="none"),
        pytest.param(["nothing"], "column-unknown", id="no such field"),
        pytest.param(["region", "region:city"], "column-twice", id="twice"),
        pytest.param(["region:street"], "precision-unknown", id="no such precision"),
    ],
)
def test_a_choice_of_columns_that_makes_no_sense_is_explained(names: list[str], message: str) -> None:
    with pytest.raises(ColumnsError) as refused:
        columns.chosen(names)
    assert refused.value.message == message
    assert refused.value.say("en")


def test_fields_of_ones_own_are_offered_where_they_are_public_and_no_free_text(admin: Viewer) -> None:
    grades = (Choice("a", "甲", "A"),)
    for key, kind, shown in (("grade", "choice", "public"), ("area", "number", "public"), ("motto", "text", "public"),
                             ("wealth", "number", "personal"), ("rank", "choice", "internal")):  # fmt: skip
        choices = grades if kind == "choice" else ()
        services.define_field(admin, key=key, zh=key, en=key, type=kind, field_class=shown, choices=choices, at=NOON)
    offered = {column.field.key for column in columns.offered()}
    assert {"grade", "area"} <= offered
    assert not offered & {"motto", "wealth", "rank"}


CELLS: Sequence[Any] = [
    pytest.param("region:province", "110108", "北京市", id="province"),
    pytest.param("region:city", "440305", "广东省深圳市", id="city"),
    pytest.param("region:county", "440305", "广东省深圳市南山区", id="county"),
    pytest.param("region:province", "", "", id="no place"),
    pytest.param("industry:division", "I6513", "信息传输、软件和信息技术服务业 I65", id="division of industry"),
    pytest.param("created_at:year", NOON, "2026", id="year"),
    pytest.param("created_at:quarter", NOON, "2026-Q4", id="quarter"),
    pytest.param(
        "created_at:month", datetime(2026, 10, 31, 17, 0, tzinfo=UTC), "2026-11", id="month as clocks go here"
    ),
    pytest.param("created_at:day", NOON, "2026-11-22", id="day"),
    pytest.param("kind:full", "person", "个人", id="choice"),
    pytest.param("country:full", "CN", "中国", id="country"),
    pytest.param("tags:full", ["乙", "甲"], "乙、甲", id="tags"),
    pytest.param("floor:magnitude", "12345", "≥10000", id="magnitude"),
    pytest.param("floor:magnitude", "-12", "≤-10", id="magnitude below zero"),
    pytest.param("floor:digit", "0.0678", "0.06", id="one digit"),
    pytest.param("floor:full", "12345", "12345", id="number"),
    pytest.param("floor:digit", "0", "0", id="nothing"),
    pytest.param("floor:digit", "", "", id="no number"),
    pytest.param("since:year", "2019-05-06", "2019", id="year of a day"),
    pytest.param("since:year", "soon", "", id="no day"),
]


@pytest.mark.parametrize(("name", "value", "cell"), CELLS)
def test_a_cell_is_as_exact_as_was_chosen(admin: Viewer, name: str, value: object, cell: str) -> None:
    for key, kind in (("floor", "number"), ("since", "date")):
        services.define_field(admin, key=key, zh=key, en="", type=kind, field_class="public", at=NOON)
    (column,) = columns.chosen([name])
    assert columns.cell_of(column, "zh")(value) == cell


@pytest.mark.usefixtures("db")
def test_without_a_precision_a_column_is_as_coarse_as_can_be() -> None:
    assert [column.name for column in columns.chosen(["region", "industry", "created_at"])] == [
        "region:province",
        "industry:section",
        "created_at:year",
    ]


def test_rare_combinations_are_told_before_anything_is_written(admin: Viewer, analyst: UUID, codes: list[str]) -> None:
    row = _given(admin, analyst, rare="ask")
    assert (row.state, row.rare, row.has_file) == ("asking", (2, 2), False)
    assert not releases.path_of(Release.objects.get()).exists()
    # Without the region both are of one trade that two have; without the trade they are of places of their own.
    assert {(one.now, one.then): one.rare.rows for one in row.options} == {
        ("region:province", ""): 2,
        ("industry:section", ""): 2,
        ("kind:full", ""): 2,
    }
    with pytest.raises(ReleaseError):
        releases.content(admin, row.uuid)
    releases.decide(admin, row.uuid, "keep")
    releases.perform(row.uuid, at=NOON)
    assert len(_rows(admin, releases.release(admin, row.uuid))) == len(codes)


def test_a_coarser_column_that_helps_comes_first(admin: Viewer, analyst: UUID, new_customer: NewCustomer) -> None:
    for number, district in enumerate(("海淀区", "朝阳区", "西城区", "东城区", "丰台区")):
        new_customer(name=f"同城{number}", region=f"北京市{district}")
    row = _given(admin, analyst, ["kind", "region:county"], rare="ask")
    assert row.rare == (5, 5)
    assert row.options[0] == ("region:county", "region:city", (0, 0))


def test_what_a_recipient_has_already_counts_too(admin: Viewer, analyst: UUID, codes: list[str]) -> None:
    assert _given(admin, analyst, ["kind"], rare="ask").state == "done"
    assert _given(admin, analyst, ["region"], rare="ask").rare == (2, 2)
    alone = _given(admin, analyst, ["industry"], rare="leave-out")
    assert alone.rows == len(codes) - 2
    recipients.renew(admin, analyst, at=NOON)
    assert _given(admin, analyst, ["kind"], rare="ask").state == "done"


def test_a_file_holds_whom_its_exporter_reaches_and_nobody_else(
    admin: Viewer, analyst: UUID, wang: Viewer, stranger: Viewer, new_customer: NewCustomer
) -> None:
    mine = [new_customer(name=f"我的{number}") for number in range(3)]
    theirs = new_customer(name="别人的", by=stranger)
    facts = RoleFacts(
        "共享员",
        "Sharer",
        frozenset({"customers.view", "sharing.view", "sharing.manage"}),
        "own",
        frozenset({"public"}),
    )
    role = people.create_role(admin, facts, at=NOON)
    User.objects.filter(pk=wang.user_id or 0).update(role=Role.objects.get(uuid=role))
    sharer = access.viewer(wang.user_id or 0)
    assert _given(sharer, analyst, ["kind"], rare="keep").rows == len(mine)
    everybody = _given(admin, analyst, ["kind"], rare="keep")
    read = reading.codes_of(sharer, analyst, [row["假名"] for row in _rows(admin, everybody)], at=NOON)
    assert sorted(one.identity for one in read) == ["", *sorted(mine)]
    assert theirs not in {one.identity for one in read}
    with pytest.raises(ReleaseError):
        releases.content(sharer, everybody.uuid)


def test_every_file_and_every_reading_back_leaves_an_event_without_a_name(
    admin: Viewer, analyst: UUID, codes: list[str]
) -> None:
    given = _rows(admin, _given(admin, analyst))
    reading.codes_of(admin, analyst, [given[0]["假名"], "nonsense"], at=NOON)
    [shared] = audit.events(kind="connectors.shared")
    assert shared.subject == str(analyst)
    assert shared.detail == {
        "rows": 10, "left_out": 2, "rare_kept": 0, "columns": ["region:province", "industry:section", "kind:full"],
        "epoch": 1, "kind": "csv",
    }  # fmt: skip
    [read] = audit.events(kind="connectors.pseudonyms-read")
    assert (read.detail["count"], read.detail["found"]) == (2, 1)
    assert set(read.detail["codes"]) <= set(codes)
    kinds = ("recipient-added", "shared", "pseudonyms-read")
    told = " ".join(str(one.detail) for kind in kinds for one in audit.events(kind=f"connectors.{kind}"))
    assert "明达" not in told


@pytest.mark.usefixtures("sealed")
def test_in_sealed_mode_nothing_is_shared_and_that_is_said_in_plain_words(admin: Viewer, analyst: UUID) -> None:
    for ask in (
        lambda: releases.begin(admin, analyst, COARSE, kind="csv", at=NOON),
        lambda: reading.code_of(admin, analyst, "2J7M91N1AEG02VNRGHV7DZE544", at=NOON),
    ):
        with pytest.raises(StoreSealedError) as refused:
            ask()
        assert refused.value.say("zh")
    assert not Release.objects.exists()
    assert [one.name for one in recipients.recipients(admin)] == ["明达数据公司"]


def test_whoever_sharing_has_ended_with_gets_nothing_more(admin: Viewer, analyst: UUID, codes: list[str]) -> None:
    given = _rows(admin, _given(admin, analyst))
    recipients.end(admin, analyst, at=NOON)
    for ask in (
        lambda: releases.begin(admin, analyst, COARSE, kind="csv", at=NOON),
        lambda: recipients.renew(admin, analyst, at=NOON),
        lambda: recipients.end(admin, analyst, at=NOON),
    ):
        with pytest.raises(RecipientError, match="ended"):
            ask()
    assert reading.code_of(admin, analyst, given[0]["假名"], at=NOON) in codes


@pytest.mark.usefixtures("analyst")
def test_one_recipient_for_one_purpose(admin: Viewer) -> None:
    with pytest.raises(RecipientError, match="there"):
        recipients.add(admin, name=" 明达数据公司 ", purpose="客户流失分析", at=NOON)
    again = recipients.add(admin, name="明达数据公司", purpose="年报", at=NOON)
    with pytest.raises(ConnectorError, match="Several"):
        recipients.recipient_named(admin, "明达数据公司")
    assert recipients.recipient_named(admin, again.hex[:8]).purpose == "年报"
    for name, purpose in (("", "年报"), ("甲" * 101, "年报"), ("甲", " ")):
        with pytest.raises(RecipientError):
            recipients.add(admin, name=name, purpose=purpose, at=NOON)


def test_the_auditor_sees_with_whom_is_shared_and_changes_nothing(
    analyst: UUID, person: Callable[..., Viewer], li: Viewer
) -> None:
    auditor = person("沈审计", "shenji", "auditor")
    assert [one.name for one in recipients.recipients(auditor)] == ["明达数据公司"]
    assert releases.releases(auditor, analyst) == []
    for ask in (
        lambda: recipients.add(auditor, name="甲", purpose="乙", at=NOON),
        lambda: recipients.end(auditor, analyst, at=NOON),
        lambda: releases.begin(auditor, analyst, COARSE, kind="csv", at=NOON),
        lambda: recipients.recipients(li),
    ):
        with pytest.raises(Refused):
            ask()


def test_a_file_goes_after_a_day_with_its_key_and_stays_known(admin: Viewer, analyst: UUID, codes: list[str]) -> None:
    row = _given(admin, analyst)
    path = releases.path_of(Release.objects.get())
    assert path.exists()
    assert b"\xe5\x81\x87" not in path.read_bytes()
    assert releases.clear_old(NOON + timedelta(hours=23)) == 0
    assert releases.clear_old(NOON + timedelta(hours=25)) == 1
    assert not path.exists()
    with pytest.raises(ReleaseError):
        releases.content(admin, row.uuid)
    (kept,) = releases.releases(admin, analyst)
    assert (kept.state, kept.rows, kept.has_file) == ("done", len(codes) - 2, False)


@pytest.mark.usefixtures("codes")
def test_a_file_that_is_stopped_leaves_nothing(admin: Viewer, analyst: UUID) -> None:
    made = releases.begin(admin, analyst, COARSE, kind="csv", rare="keep", at=NOON)
    Release.objects.update(is_cancelled=True)
    releases.perform(made.uuid, at=NOON)
    assert releases.release(admin, made.uuid).state == "stopped"
    assert not releases.path_of(Release.objects.get()).exists()
    assert audit.events(kind="connectors.shared") == []
    # Begun again it stays what it is.
    releases.perform(made.uuid, at=NOON)
    assert releases.release(admin, made.uuid).state == "stopped"


def test_rows_are_read_some_thousands_at_a_time(
    admin: Viewer, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "CHUNK", 5)
    (region,) = columns.chosen(["region"])
    assert [len(rows) for rows in plain.plain_rows(admin, [region.field])] == [5, 5, 2]
    ids = [row.id for rows in plain.plain_rows(admin, []) for row in rows]
    again = [row for rows in plain.plain_rows(admin, [region.field], ids[::-1]) for row in rows]
    assert sorted(row.identity for row in again) == sorted(codes)
    assert sorted(plain.identities(admin)) == sorted(codes)


def test_at_the_command_line_a_file_is_written_at_once_or_not_at_all(
    admin: Viewer, analyst: UUID, codes: list[str], tmp_path: Path
) -> None:
    def give(name: str, rare: str) -> ReleaseRow:
        return releases.give(admin, analyst, COARSE, tmp_path / name, rare=rare, report=lambda _: None, at=NOON)

    assert give("a.csv", "ask").state == "asking"
    assert [one.state for one in releases.releases(admin, analyst)] == ["stopped"]
    assert not (tmp_path / "a.csv").exists()
    assert give("a.csv", "leave-out").rows == len(codes) - 2
    assert (tmp_path / "a.csv").exists()
    with pytest.raises(ReleaseError, match="csv, xlsx"):
        give("a.pdf", "keep")
