"""Rows are put right in place; what was put right once counts for all that are alike, and next time."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from kehuma.apps.intake import queries, services
from kehuma.apps.intake.data import Import
from kehuma.apps.intake.errors import IntakeError
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
Make = Callable[..., Import]
TALLY = {"create": 0, "update": 0, "skip": 0, "fault": 0, "duplicate": 0}


def test_a_cell_put_right_lets_its_row_in(viewer: Viewer, checked: Make) -> None:
    one = checked("A1,甲公司,北京,金融,1380013800,\n")
    services.mend(viewer, one.uuid, 2, "mobile", "13800138000", at=NOON)
    assert queries.tally(one) == TALLY | {"create": 1}
    assert queries.faults(one).total == 0


def test_a_cell_still_wrong_keeps_its_row_out(viewer: Viewer, checked: Make) -> None:
    one = checked("A1,甲公司,北京,金融,1380013800,\n")
    services.mend(viewer, one.uuid, 2, "mobile", "也不对", at=NOON)
    (fault,) = queries.faults(one).rows
    assert fault.value == "也不对"


def test_a_mended_row_may_turn_out_to_be_there_twice(viewer: Viewer, checked: Make) -> None:
    one = checked("A1,甲公司,北京,金融,13800000001,\nA2,,北京,金融,13800000001,\n")
    services.mend(viewer, one.uuid, 3, "name", "乙公司", at=NOON)
    (duplicate,) = queries.duplicates(one).rows
    assert duplicate.title == "乙公司"
    assert duplicate.others[0]["row"] == 2


def test_all_equal_words_are_put_right_together_and_remembered(viewer: Viewer, checked: Make) -> None:
    rows = "A1,甲公司,北京,炼丹,,\nA2,乙公司,上海,炼丹,,\nA3,丙公司,上海,卜卦,,\n"
    one = checked(rows)
    assert {fault.alike for fault in queries.faults(one).rows if fault.value == "炼丹"} == {2}
    assert services.mend_alike(viewer, one.uuid, "industry", "炼丹", "制造业", at=NOON) == 2
    assert queries.tally(one) == TALLY | {"create": 2, "fault": 1}
    again = checked("A7,丁公司,广东,炼丹,,\n")
    assert queries.tally(again) == TALLY | {"create": 1}


def test_personal_values_are_not_remembered(viewer: Viewer, checked: Make) -> None:
    one = checked("A1,甲公司,北京,金融,1380013800,\n")
    services.mend_alike(viewer, one.uuid, "mobile", "1380013800", "13800138000", at=NOON)
    again = checked("A7,丁公司,北京,金融,1380013800,\n")
    assert queries.tally(again)["fault"] == 1


def test_suggestions_are_taken_over_together(viewer: Viewer, checked: Make) -> None:
    one = checked("A1,甲公司,北京,建材批发,,\nA2,乙公司,北京,金融,,9111O108MA30P8772X\nA3,丙公司,北京,炼丹,,\n")
    assert services.take_suggestions(viewer, one.uuid, at=NOON) == 2
    assert queries.tally(one) == TALLY | {"create": 2, "fault": 1}


def test_a_faulty_value_can_be_left_out(viewer: Viewer, checked: Make) -> None:
    one = checked("A1,甲公司,北京,金融,1380013800,\nA2,,北京,金融,2,\n")
    assert services.leave_empty(viewer, one.uuid, "mobile", at=NOON) == 2
    assert queries.tally(one) == TALLY | {"create": 1, "fault": 1}


@pytest.mark.parametrize(
    ("decision", "tally"),
    [
        pytest.param("skip", {"create": 1, "skip": 1}, id="leave it out"),
        pytest.param("create", {"create": 2}, id="another customer"),
        pytest.param("update", {"create": 1, "update": 1}, id="the same customer"),
        pytest.param("", {"create": 1, "duplicate": 1}, id="undecided again"),
    ],
)
def test_who_stands_twice_is_decided(viewer: Viewer, checked: Make, decision: str, tally: dict[str, int]) -> None:
    one = checked("A1,甲公司,北京,金融,,\nA2,甲公司,上海,金融,,\n")
    services.decide(viewer, one.uuid, "skip", numbers=[3])
    services.decide(viewer, one.uuid, decision, numbers=[3])
    assert queries.tally(one) == TALLY | tally


def test_all_undecided_rows_are_decided_together(viewer: Viewer, checked: Make) -> None:
    one = checked("A1,甲公司,北京,金融,,\nA2,甲公司,上海,金融,,\nA3,甲公司,广东,金融,,\n")
    services.decide(viewer, one.uuid, "create", numbers=[3])
    assert services.decide(viewer, one.uuid, "skip") == 1
    assert queries.tally(one) == TALLY | {"create": 2, "skip": 1}


def test_a_decision_that_there_is_not_is_refused(viewer: Viewer, checked: Make) -> None:
    one = checked("A1,甲公司,北京,金融,,\n")
    with pytest.raises(IntakeError, match="no such decision"):
        services.decide(viewer, one.uuid, "delete")


def test_a_row_that_needs_no_mending_is_left_alone(viewer: Viewer, checked: Make) -> None:
    one = checked("A1,甲公司,北京,金融,,\n")
    with pytest.raises(IntakeError):
        services.mend(viewer, one.uuid, 2, "name", "乙", at=NOON)
