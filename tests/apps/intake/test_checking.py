"""The dry run finds what is wrong and what is there already, and stores no customer."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings

from kehuma.apps.codes import queries as codes
from kehuma.apps.codes import services as register
from kehuma.apps.customers.models import Customer
from kehuma.apps.intake import queries, services
from kehuma.apps.intake.data import Import
from kehuma.apps.intake.errors import IntakeError, StateError, UnknownImportError
from kehuma.apps.intake.models import ImportBatch, State
from kehuma.lib.tabular import TabularError
from kehuma.lib.viewer import Refused, Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SCHEME = "region-industry"
SOUND = "A1,北京衡岳数据有限公司,北京,信息技术,13800000001,\nA2,上海澄明供应链有限公司,上海,物流,13800000002,\n"
HEAD = "客户编号,客户名称,省份,所属行业,手机,统一社会信用代码\n"
Make = Callable[..., Import]


def test_a_file_is_kept_for_its_owner_only(receive: Make) -> None:
    receive(SOUND)
    (kept,) = (Path(settings.KEHUMA_HOME) / "imports").glob(f"{ImportBatch.objects.get().uuid.hex}*")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "客户名单" not in kept.name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encoding_is_found_out(receive: Make, encoding: str) -> None:
    assert receive(SOUND, encoding=encoding).header[1] == "客户名称"


def test_a_table_can_be_pasted(viewer: Viewer) -> None:
    one = services.paste(viewer, "客户名称\t手机\n北京衡岳\t13800000001\n", "粘贴", at=NOON)
    assert (list(one.header), one.delimiter, one.sample) == (
        ["客户名称", "手机"],
        "\t",
        [["北京衡岳", "13800000001"]],
    )


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        pytest.param(b"", IntakeError, id="empty"),
        pytest.param("名称\n".encode(), IntakeError, id="only a head"),
        pytest.param(b"PK\x03\x04 broken", TabularError, id="broken workbook"),
    ],
)
def test_what_is_no_list_is_refused_and_not_kept(viewer: Viewer, content: bytes, refusal: type[Exception]) -> None:
    before = set((Path(settings.KEHUMA_HOME) / "imports").glob("*"))
    with pytest.raises(refusal):
        services.receive(viewer, BytesIO(content), "x.csv", at=NOON)
    assert set((Path(settings.KEHUMA_HOME) / "imports").glob("*")) == before
    assert not ImportBatch.objects.exists()


def test_sound_rows_can_be_created(checked: Make) -> None:
    one = checked(SOUND)
    assert one.state == State.CHECKED
    assert queries.tally(one) == {"create": 2, "update": 0, "skip": 0, "fault": 0, "duplicate": 0}


def test_a_dry_run_issues_no_code(checked: Make) -> None:
    checked(SOUND)
    assert codes.number_of_codes() == 0


def test_the_preview_estimates_the_codes(checked: Make) -> None:
    one = checked("A1,甲公司,北京,信息技术,,\nA2,乙公司,北京,信息技术,,\nA3,丙公司,上海,金融,,\n")
    codes_shown = [row["code"] for row in one.estimate["rows"]]
    assert codes_shown[0] == "BJ-IT-0001-Y"
    assert [code[:11] for code in codes_shown] == ["BJ-IT-0001-", "BJ-IT-0002-", "SH-FI-0001-"]
    assert [(row["key"], row["new"]) for row in one.estimate["keys"]] == [
        ("region=BJ industry=IT", 2),
        ("region=SH industry=FI", 1),
    ]


def test_a_row_has_all_its_faults_at_once(checked: Make) -> None:
    one = checked("A1,,京京,炼丹,1380013800,91110108MA30P8772Y\n")
    faults = {fault.field: fault for fault in queries.faults(one).rows}
    assert set(faults) == {"name", "region", "industry", "mobile", "uscc"}
    assert faults["mobile"].value == "1380013800"
    assert all(fault.number == 2 and fault.zh and fault.en for fault in faults.values())


def test_a_damaged_row_is_told_and_the_others_go_on(checked: Make) -> None:
    one = checked(SOUND + 'A3,多,一,格,,,"",x\n')
    assert queries.tally(one)["create"] == 2
    assert [row.number for row in queries.damaged(one)] == [4]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        pytest.param("A9,北京衡岳数据有限公司,天津,教育,,", "name", id="name"),
        pytest.param("A9,另一家,天津,教育,138-0000-0001,", "phone", id="telephone in another form"),
        pytest.param("A1,第三家,天津,教育,,", "own_number", id="the list's own number"),
    ],
)
def test_a_row_that_stands_twice_in_the_file_waits_for_a_decision(checked: Make, row: str, field: str) -> None:
    one = checked(SOUND + row + "\n")
    (duplicate,) = queries.duplicates(one).rows
    assert duplicate.others[0] == {"row": 2, "field": field}
    assert duplicate.decision == ""
    assert queries.tally(one)["duplicate"] == 1


def test_a_row_repeated_word_for_word_is_skipped_by_itself(checked: Make) -> None:
    head = "客户名称,省份,所属行业\n"
    one = checked("甲公司,北京,金融\n甲公司,北京,金融\n", head=head)
    assert queries.tally(one) == {"create": 1, "update": 0, "skip": 1, "fault": 0, "duplicate": 0}


def test_a_number_that_another_customer_has_is_told_before_anything_is_stored(checked: Make, committed: Make) -> None:
    committed("A1,甲公司,北京,金融,,\nA2,乙公司,上海,金融,,\n")
    first = Customer.objects.get(name="甲公司").code_id
    register.add_alias(first, "A9", system="台账", actor="test", at=NOON)
    one = checked("A9,丙公司,天津,金融,,\nA2,乙公司,上海,金融,,\nA3,丁公司,天津,金融,,\n")
    (fault,) = queries.faults(one).rows
    assert (fault.number, fault.field, fault.value) == (2, "own_number", "A9")
    assert first in fault.zh
    assert queries.tally(one) == {"create": 1, "update": 1, "skip": 0, "fault": 1, "duplicate": 0}


def test_one_unknown_part_of_a_place_does_not_lose_the_rest(checked: Make) -> None:
    head = "客户名称,省份,城市,区县,所属行业\n"
    one = checked("甲公司,浙,杭州市,临平区,金融\n乙公司,广东,深圳,不知道,金融\n", head=head)
    assert [row["code"][:2] for row in one.estimate["rows"]] == ["ZJ", "GD"]


def test_columns_can_be_mapped_otherwise_afterwards(viewer: Viewer, checked: Make) -> None:
    one = checked("A1,,北京,金融,,\n")
    services.back_to_columns(viewer, one.uuid)
    again = queries.imported(viewer, one.uuid)
    assert again.state == State.RECEIVED
    assert queries.faults(again).total == 0
    assert {column.name: column.target for column in queries.columns(again)}["客户名称"] == "name"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"客户名称": ""}, "name-missing", id="no name"),
        pytest.param({"省份": "nothing"}, "unknown-target", id="unknown field"),
        pytest.param({"省份": "mobile"}, "target-twice", id="two columns, one field"),
        pytest.param({"没有": "name"}, "unknown-column", id="unknown column"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(
    viewer: Viewer, receive: Make, change: dict[str, str], message: str
) -> None:
    one = receive(SOUND)
    columns = {column.name: column.target for column in queries.columns(one)} | change
    with pytest.raises(IntakeError) as refusal:
        services.map_columns(viewer, one.uuid, columns, source="台账", scheme=SCHEME, at=NOON)
    assert refusal.value.message == message
    assert refusal.value.say("zh") != refusal.value.say("en")


def test_a_source_is_needed(viewer: Viewer, receive: Make) -> None:
    one = receive(SOUND)
    with pytest.raises(IntakeError, match="source"):
        services.map_columns(viewer, one.uuid, {"客户名称": "name"}, source=" ", scheme=SCHEME, at=NOON)


def test_the_mapping_is_remembered_for_its_source(viewer: Viewer, receive: Make) -> None:
    one = receive(SOUND)
    columns = {column.name: column.target for column in queries.columns(one)} | {"手机": "notes"}
    services.map_columns(viewer, one.uuid, columns, source="台账", scheme=SCHEME, at=NOON)
    again = receive(SOUND)
    assert queries.suggested_source(again) == "台账"
    assert {column.name: column.target for column in queries.columns(again)}["手机"] == "notes"


def test_a_column_can_become_a_field(viewer: Viewer, receive: Make) -> None:
    one = receive("甲公司,北京,金融,A\n", head="客户名称,省份,所属行业,客户等级\n")
    columns = {column.name: column.target for column in queries.columns(one)} | {"客户等级": "new:text"}
    services.map_columns(viewer, one.uuid, columns, source="台账", scheme=SCHEME, at=NOON)
    target = queries.imported(viewer, one.uuid).columns["客户等级"]
    assert queries.targets()[target].zh == "客户等级"
    again = receive("乙公司,北京,金融,B\n", head="客户名称,省份,所属行业,客户等级\n")
    assert {column.name: column.target for column in queries.columns(again)}["客户等级"] == target


def test_what_runs_is_stopped_when_asked(viewer: Viewer, receive: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one = receive("".join(f"A{n},公司{n},北京,金融,,\n" for n in range(10)))
    monkeypatch.setattr("kehuma.apps.intake.checking.chunk_of", lambda _batch: 2)
    monkeypatch.setattr("kehuma.apps.intake.checking.staging.store", lambda _batch, _staged: _cancel())

    def _cancel() -> None:
        ImportBatch.objects.update(is_cancelled=True)

    columns = {column.name: column.target for column in queries.columns(one)}
    services.map_columns(viewer, one.uuid, columns, source="台账", scheme=SCHEME, at=NOON)
    stopped = queries.imported(viewer, one.uuid)
    assert (stopped.state, stopped.done) == (State.RECEIVED, 2)


def test_a_dry_run_that_fails_says_why(viewer: Viewer, receive: Make) -> None:
    one = receive(SOUND)
    for kept in (Path(settings.KEHUMA_HOME) / "imports").glob(f"{one.uuid.hex}*"):
        kept.unlink()
    columns = {column.name: column.target for column in queries.columns(one)}
    services.map_columns(viewer, one.uuid, columns, source="台账", scheme=SCHEME, at=NOON)
    failed = queries.imported(viewer, one.uuid)
    assert failed.state == State.FAILED
    assert failed.error["zh"].startswith("原文件已不在")


def test_an_import_is_its_owners(viewer: Viewer, receive: Make) -> None:
    one = receive(SOUND)
    with pytest.raises(UnknownImportError):
        queries.imported(Viewer(99, "x", "外人", permissions=frozenset({"customers.import"})), one.uuid)
    with pytest.raises(Refused):
        services.discard(Viewer(1, "y", "小王"), one.uuid, at=NOON)
    assert queries.imports(viewer)


def test_a_step_out_of_order_is_refused(viewer: Viewer, receive: Make) -> None:
    one = receive(SOUND)
    with pytest.raises(StateError):
        services.commit(viewer, one.uuid, "both", at=NOON)


def test_what_was_discarded_leaves_nothing(viewer: Viewer, checked: Make) -> None:
    one = checked("A1,,北京,金融,,\n")
    services.discard(viewer, one.uuid, at=NOON)
    assert not ImportBatch.objects.exists()
    assert not list((Path(settings.KEHUMA_HOME) / "imports").glob(f"{one.uuid.hex}*"))


def test_the_tables_say_what_personal_data_they_hold() -> None:
    from django.apps import apps  # noqa: PLC0415 - after set-up

    assert all(hasattr(model, "personal_data") for model in apps.get_app_config("intake").get_models())


def test_the_template_has_the_usual_columns(db: None) -> None:  # noqa: ARG001 - fields are read from a table
    assert queries.template("zh")[:3] == ["原编号", "名称", "类型"]
    assert queries.template("en")[1] == "Name"


TITLED = "2026 年客户名单\n制表：林静怡,日期：2026-11-22\n\n"


def test_a_header_below_a_title_is_found_and_can_be_named(viewer: Viewer, receive: Make) -> None:
    one = receive(SOUND, head=TITLED + HEAD)
    assert (one.header_row, one.header[0], one.sample[0][0]) == (4, "客户编号", "A1")
    other = services.read_as(viewer, one.uuid, header_row=5)
    assert (other.header_row, other.header[0], len(other.sample)) == (5, "A1", 1)
    # Read otherwise it is looked for anew.
    assert services.read_as(viewer, one.uuid, encoding="utf-8-sig", header_row=5).header_row == 4
    with pytest.raises(TabularError):
        services.read_as(viewer, one.uuid, header_row=900)


def test_rows_below_a_title_keep_the_numbers_of_the_sheet(checked: Make) -> None:
    one = checked(SOUND.replace("上海,", "火星,"), head=TITLED + HEAD)
    (fault,) = queries.faults(one).rows
    assert (fault.number, fault.field) == (6, "region")
