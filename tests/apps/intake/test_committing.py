"""The commit makes each row a customer once, however often and however interrupted it is done."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from kehuma.apps.access import queries as access
from kehuma.apps.access import services as people
from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import services as customers
from kehuma.apps.customers.models import Batch, Customer
from kehuma.apps.intake import committing, queries, running, services
from kehuma.apps.intake.data import Import
from kehuma.apps.intake.errors import IntakeError, StateError
from kehuma.apps.intake.gate import Gate
from kehuma.apps.intake.models import ImportBatch, ImportFault, ImportRow, State
from kehuma.apps.intake.plan import Plan
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
Make = Callable[..., Import]
SOUND = "A1,北京衡岳数据有限公司,北京,信息技术,13800000001,\nA2,上海澄明供应链有限公司,上海,物流,13800000002,\n"


def _committed(one: Import) -> dict[str, int]:
    return {name: count for name, count in one.counts["committed"].items() if isinstance(count, int) and count}


def _names() -> list[str]:
    return sorted(Customer.objects.filter(deleted_at=None).values_list("name", flat=True))


def test_sound_rows_become_customers_with_codes(committed: Make) -> None:
    one = committed(SOUND)
    assert one.state == State.DONE
    assert _committed(one) == {"created": 2}
    assert _names() == ["上海澄明供应链有限公司", "北京衡岳数据有限公司"]
    assert codes.number_of_codes() == 2
    assert one.counts["committed"]["regions"] == {"11": 1, "31": 1}


def test_the_codes_are_those_of_the_preview(committed: Make) -> None:
    one = committed(SOUND)
    assert set(Customer.objects.values_list("code_id", flat=True)) == {row["code"] for row in one.estimate["rows"]}


def test_faulty_and_undecided_rows_stay_out_and_can_be_handed_in_again(viewer: Viewer, committed: Make) -> None:
    one = committed(SOUND + "A3,,北京,金融,,\nA4,北京衡岳数据有限公司,北京,金融,,\n")
    assert _committed(one) == {"created": 2, "rejected": 2}
    head, *rows = queries.rejected(viewer, one.uuid, "zh")
    assert head[:4] == ["行", "字段", "原因", "客户编号"]
    assert [row[0] for row in rows] == ["4", "5"]
    assert rows[0][1] == "名称"
    assert "#2" in rows[1][2]
    rows[0][4] = "新补名字公司"
    lines = "".join(",".join(row) + "\n" for row in rows)
    again = committed(lines, head=",".join(head) + "\n")
    assert _committed(again)["created"] == 1
    assert "新补名字公司" in _names()


def test_the_same_file_again_makes_nobody_twice(committed: Make) -> None:
    committed(SOUND)
    again = committed(SOUND)
    assert _committed(again) == {"unchanged": 2}
    assert codes.number_of_codes() == 2


def test_the_same_numbers_of_another_source_are_other_rows(committed: Make) -> None:
    committed("A1,甲公司,北京,金融,,\n", source="一")
    other = committed("A1,乙公司,北京,金融,,\n", source="二")
    assert _committed(other) == {"created": 1}


def test_a_changed_row_updates_its_customer_and_keeps_the_code(committed: Make) -> None:
    committed("A1,甲公司,北京,金融,,\n")
    code = Customer.objects.get().code_id
    again = committed("A1,甲公司,上海,金融,,\n")
    assert _committed(again) == {"updated": 1}
    customer = Customer.objects.get()
    assert (customer.code_id, customer.region) == (code, "310000")


def test_an_empty_cell_erases_nothing(committed: Make) -> None:
    committed("A1,甲公司,北京,金融,,\n")
    committed("A1,甲公司,,,,\n")
    customer = Customer.objects.get()
    assert (customer.region, customer.industry) == ("110000", "J")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        pytest.param("create", {"created": 1, "skipped": 1}, id="only new ones"),
        pytest.param("update", {"updated": 1, "skipped": 1}, id="only known ones"),
        pytest.param("both", {"created": 1, "updated": 1}, id="both"),
    ],
)
def test_the_way_to_commit_is_chosen(committed: Make, mode: str, expected: dict[str, int]) -> None:
    committed("A1,甲公司,北京,金融,,\n")
    again = committed("A1,甲公司,上海,金融,,\nA2,乙公司,上海,金融,,\n", mode=mode)
    assert _committed(again) == expected


def test_a_row_can_update_the_customer_of_an_earlier_row(viewer: Viewer, checked: Make) -> None:
    one = checked("A1,甲公司,北京,金融,,\nA2,甲公司,上海,金融,,\n")
    services.decide(viewer, one.uuid, "update")
    services.commit(viewer, one.uuid, "both", at=NOON)
    assert _committed(queries.imported(viewer, one.uuid)) == {"created": 1, "updated": 1}
    assert Customer.objects.get().region == "310000"


def test_a_row_can_become_another_customer_of_the_same_name(viewer: Viewer, checked: Make) -> None:
    one = checked("A1,甲公司,北京,金融,,\nA1,甲公司,上海,金融,,\n")
    services.decide(viewer, one.uuid, "create")
    services.commit(viewer, one.uuid, "both", at=NOON)
    assert _committed(queries.imported(viewer, one.uuid)) == {"created": 2}
    ((_, first),) = codes.named_by(["A1"])["A1"]
    assert Customer.objects.get(code_id=first).region == "110000"


def test_a_customer_of_ours_is_updated_by_decision(viewer: Viewer, committed: Make, checked: Make) -> None:
    committed("A1,甲公司,北京,金融,,\n", source="一")
    one = checked("B1,甲公司,上海,金融,,\n", source="二")
    (duplicate,) = queries.duplicates(one).rows
    assert duplicate.others[0]["field"] == "name"
    services.decide(viewer, one.uuid, "update", numbers=[2])
    services.commit(viewer, one.uuid, "both", at=NOON)
    assert Customer.objects.get().region == "310000"


def test_a_customer_is_named_by_its_code(committed: Make) -> None:
    committed("A1,甲公司,北京,信息技术,,\n")
    again = committed("BJIT0001Y,新名字公司\n", head="kehuma code,客户名称\n", source="改名")
    assert _committed(again) == {"updated": 1}
    assert _names() == ["新名字公司"]


def test_the_whole_batch_is_undone_and_committed_once_more(viewer: Viewer, committed: Make) -> None:
    one = committed(SOUND)
    services.undo(viewer, one.uuid, at=NOON)
    assert (_names(), queries.imported(viewer, one.uuid).state) == ([], State.UNDONE)
    services.commit(viewer, one.uuid, "both", at=NOON)
    assert queries.imported(viewer, one.uuid).state == State.DONE
    assert len(_names()) == 2
    assert codes.number_of_codes() == 2


def _in_chunks(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(committing, "chunk_of", lambda _batch: size)


@pytest.mark.parametrize("is_noted", [True, False], ids=["between chunks", "before the chunk is noted"])
def test_a_commit_that_died_goes_on_where_it_was(
    viewer: Viewer, checked: Make, monkeypatch: pytest.MonkeyPatch, *, is_noted: bool
) -> None:
    one = checked("".join(f"A{n},公司{n},北京,金融,,\n" for n in range(6)) + "A9,公司0,上海,金融,,\n")
    services.decide(viewer, one.uuid, "update")
    _in_chunks(monkeypatch, 2)
    real, calls = running.step, []

    def dying(batch: ImportBatch, **facts: Any) -> None:
        calls.append(1)
        if len(calls) == 2 and not is_noted:
            raise KeyboardInterrupt
        real(batch, **facts)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(committing, "step", dying)
    with pytest.raises(KeyboardInterrupt):
        services.commit(viewer, one.uuid, "both", at=NOON)
    assert Customer.objects.count() == 4

    monkeypatch.setattr(committing, "step", real)
    ImportBatch.objects.update(progressed_at=NOON - timedelta(days=1))
    assert services.resume_interrupted(at=NOON) == 1
    again = queries.imported(viewer, one.uuid)
    assert again.state == State.DONE
    assert _committed(again) == {"created": 6, "updated": 1}
    assert Customer.objects.get(name="公司0").region == "310000"


def test_a_stopped_commit_keeps_whole_chunks_and_goes_on(
    viewer: Viewer, checked: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = checked("".join(f"A{n},公司{n},北京,金融,,\n" for n in range(6)))
    _in_chunks(monkeypatch, 2)
    real = running.step

    def stopping(batch: ImportBatch, **facts: Any) -> None:
        ImportBatch.objects.filter(pk=batch.pk).update(is_cancelled=True)
        real(batch, **facts)

    monkeypatch.setattr(committing, "step", stopping)
    services.commit(viewer, one.uuid, "both", at=NOON)
    assert queries.imported(viewer, one.uuid).state == State.STOPPED
    assert Customer.objects.count() == 2
    monkeypatch.setattr(committing, "step", real)
    services.commit(viewer, one.uuid, "both", at=NOON)
    assert _committed(queries.imported(viewer, one.uuid)) == {"created": 6}


def test_a_commit_that_failed_can_go_on(viewer: Viewer, checked: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one = checked("".join(f"A{n},公司{n},北京,金融,,\n" for n in range(6)))
    _in_chunks(monkeypatch, 2)
    real, calls = running.step, []

    def failing(batch: ImportBatch, **facts: Any) -> None:
        calls.append(1)
        real(batch, **facts)
        if len(calls) == 2:
            raise OSError("the disk is full")

    monkeypatch.setattr(committing, "step", failing)
    services.commit(viewer, one.uuid, "both", at=NOON)
    failed = queries.imported(viewer, one.uuid)
    assert failed.state == State.FAILED
    assert "程序出错" in failed.error["zh"]
    services.commit(viewer, one.uuid, "both", at=NOON)
    assert _committed(queries.imported(viewer, one.uuid)) == {"created": 6}


def test_a_commit_is_testified(committed: Make) -> None:
    one = committed(SOUND)
    kinds = [event.kind for event in audit.events(subject=str(one.uuid))]
    assert kinds == ["intake.committed", "intake.received"]


def test_files_and_rows_go_after_their_time_and_the_figures_stay(viewer: Viewer, committed: Make) -> None:
    one = committed(SOUND + "A3,,北京,金融,,\n")
    assert services.clear_old(days=30, at=NOON + timedelta(days=29)) == 0
    later = datetime.now(UTC) + timedelta(days=31)  # noqa: TID251 - progress is noted by the real clock
    assert services.clear_old(days=30, at=later) == 1
    assert not ImportRow.objects.exists()
    assert not ImportFault.objects.exists()
    assert not list((Path(settings.KEHUMA_HOME) / "imports").glob(f"{one.uuid.hex}*"))
    cleared = queries.imported(viewer, one.uuid)
    assert (cleared.sample, cleared.estimate) == ([], {})
    assert _committed(cleared) == {"created": 2, "rejected": 1}
    with pytest.raises(IntakeError, match="removed as planned"):
        list(queries.rejected(viewer, one.uuid, "zh"))


def test_what_was_never_committed_cannot_be_undone(viewer: Viewer, checked: Make) -> None:
    one = checked(SOUND)
    with pytest.raises(StateError):
        services.undo(viewer, one.uuid, at=NOON)


def test_an_unknown_way_to_commit_is_refused(viewer: Viewer, checked: Make) -> None:
    one = checked(SOUND)
    with pytest.raises(IntakeError):
        services.commit(viewer, one.uuid, "delete", at=NOON)


TREE = "客户编号,客户名称,省份,所属行业,上级客户\n"


def _parents() -> dict[str, str]:
    rows = Customer.objects.filter(deleted_at=None).select_related("parent").order_by("name")
    return {row.name: row.parent.name for row in rows if row.parent}


@pytest.mark.parametrize("named", ["A2", "乙集团", "乙 集团"], ids=["its number", "its name", "spaced"])
def test_a_superior_may_stand_below_its_branch(committed: Make, named: str) -> None:
    done = committed(f"A1,甲公司,北京,金融,{named}\nA2,乙集团,上海,金融,\n", head=TREE)
    assert _committed(done) == {"created": 2}
    assert _parents() == {"甲公司": "乙集团"}


@pytest.mark.parametrize("named", ["BJ-FIN-0001-X", "code", "A2", "乙集团"])
def test_a_superior_that_is_there_is_named_by_code_number_or_name(committed: Make, named: str) -> None:
    committed("A2,乙集团,上海,金融,,\n", source="一")
    code = Customer.objects.get().code_id
    text = {"code": code, "BJ-FIN-0001-X": code.replace("-", "").lower()}.get(named, named)
    committed(f"B1,甲公司,北京,金融,{text}\n", head=TREE, source="二")
    assert _parents() == {"甲公司": "乙集团"}


def test_a_superior_of_an_update_is_changed_and_the_undo_brings_the_old_one_back(
    viewer: Viewer, committed: Make
) -> None:
    committed("A1,甲公司,北京,金融,乙集团\nA2,乙集团,上海,金融,\nA3,丙集团,上海,金融,\n", head=TREE)
    again = committed("A1,甲公司,北京,金融,丙集团\n", head=TREE)
    assert _parents() == {"甲公司": "丙集团"}
    # An empty cell says nothing.
    committed("A1,甲公司,北京,金融,\n", head=TREE)
    assert _parents() == {"甲公司": "丙集团"}
    services.undo(viewer, again.uuid, at=NOON)
    assert _parents() == {"甲公司": "乙集团"}


def test_the_dry_run_says_which_superior_is_nobody_or_several(checked: Make, committed: Make) -> None:
    committed("X1,同名公司,北京,金融,,\nX2,同名公司,上海,金融,,\n", source="一")
    one = checked(
        "A1,甲公司,北京,金融,没有这家\nA2,乙公司,北京,金融,双份\nA3,双份,北京,金融,\nA4,双份,上海,金融,\n"
        "A5,丙公司,北京,金融,甲公司\n",
        head=TREE,
    )
    told = {fault.number: fault.zh for fault in queries.faults(one, "parent").rows}
    assert set(told) == {2, 3}
    assert "没有找到上级客户" in told[2]
    assert "本文件里有 2 行" in told[3]


def test_a_circle_leaves_one_of_its_rows_without_a_superior_and_says_so(viewer: Viewer, committed: Make) -> None:
    done = committed("A1,甲公司,北京,金融,乙集团\nA2,乙集团,上海,金融,甲公司\n", head=TREE)
    assert _committed(done) == {"created": 2, "unplaced": 1}
    assert _parents() == {"甲公司": "乙集团"}
    (_, row) = list(queries.rejected(viewer, done.uuid, "zh"))
    assert row[0] == "3"


def test_only_new_ones_leaves_known_ones_where_they_are(committed: Make) -> None:
    committed("A1,甲公司,北京,金融,\nA2,乙集团,上海,金融,\n", head=TREE)
    committed("A1,甲公司,北京,金融,乙集团\nA3,丙公司,北京,金融,乙集团\n", head=TREE, mode="create")
    assert _parents() == {"丙公司": "乙集团"}


OWNED = "客户编号,客户名称,省份,所属行业,负责人\n"


def test_a_named_owner_gets_new_and_known_customers(viewer: Viewer, committed: Make) -> None:
    admin = people.found("衡岳商贸", name="林静怡", username="linjy", password="北风卷地白草折 hu tian", at=NOON)
    boss = access.viewer_of(admin)
    wang = people.add_person(
        boss, name="小王", username="xiaowang", password="北风卷地白草折 hu tian", role="member", at=NOON
    )
    committed("A1,甲公司,北京,金融,\nA2,乙公司,北京,金融,小王\n", head=OWNED)
    assert [one.owner_id for one in Customer.objects.order_by("name")] == [wang.pk, None]
    again = committed("A1,甲公司,北京,金融,小王\nA2,乙公司,北京,金融,\n", head=OWNED)
    assert _committed(again) == {"updated": 1, "unchanged": 1}
    assert {one.owner_id for one in Customer.objects.all()} == {wang.pk}
    services.undo(viewer, again.uuid, at=NOON)
    assert {one.name: one.owner_id for one in Customer.objects.all()} == {"甲公司": None, "乙公司": wang.pk}


def test_who_may_not_hand_over_gives_nobody_a_customer(viewer: Viewer, committed: Make) -> None:
    admin = people.found("衡岳商贸", name="林静怡", username="linjy", password="北风卷地白草折 hu tian", at=NOON)
    committed("A1,甲公司,北京,金融,\n", head=OWNED)
    importer = replace(viewer, is_system=False, permissions=frozenset({"customers.import", "customers.view"}))
    columns = {
        "客户编号": "own_number",
        "客户名称": "name",
        "省份": "region",
        "所属行业": "industry",
        "负责人": "owner",
    }
    gate = Gate(Plan(list(columns), columns), "region-industry", NOON, importer, "台账")
    (row,) = gate.rows([(["A1", "甲公司", "北京", "金融", "林静怡"], None)])
    assert row.faults["owner"].message == "may-not-assign"
    batch = Batch.objects.get()
    importing = customers.Import(importer, scheme="region-industry", source="台账", batch=batch.uuid, at=NOON)
    (done,) = importing.update([(Customer.objects.get().code_id, {"owner": admin.pk})])
    assert (done.kind, list(done.faults)) == ("rejected", ["owner"])
