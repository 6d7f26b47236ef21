"""The list: what stands in it, for whom, and what is done to several at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kehuma.apps.access import queries as access
from kehuma.apps.access.models import ListView, Role, User
from kehuma.apps.audit import queries as audit
from kehuma.apps.customers import exporting as exports
from kehuma.apps.customers.data import ExportRow
from kehuma.apps.customers.errors import UnknownError
from kehuma.apps.customers.models import Batch, Customer, Export
from kehuma.apps.sealing.models import SubjectKey
from kehuma.lib.viewer import Viewer
from kehuma.web.customers import exporting

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)

NewCustomer = Callable[..., str]


def _text(answer: Any) -> str:
    return str(answer.content.decode())


def _id(code: str) -> int:
    return int(Customer.objects.get(code_id=code).pk)


def test_the_list_shows_codes_names_and_covered_phones(as_wang: Client, hengyue: str) -> None:
    page = _text(as_wang.get("/customers/"))
    assert f'href="/customers/{hengyue}/"' in page
    assert "北京衡岳数据技术有限公司" in page
    assert "138****1234" in page
    assert "13800001234" not in page


def test_a_manager_sees_the_phones_of_the_team(as_li: Client, hengyue: str) -> None:
    assert hengyue
    assert "13800001234" in _text(as_li.get("/customers/"))


def test_the_settings_say_who_sees_the_names_of_persons(
    as_wang: Client, admin: User, client_of: Callable[[User], Client], new_customer: NewCustomer
) -> None:
    new_customer(kind="person", name="张晓丰")
    assert "张晓丰" in _text(as_wang.get("/customers/"))
    answer = client_of(admin).post("/settings/", {"name": "衡岳商贸", "person_names": "personal"})
    assert answer.status_code == 302
    page = _text(as_wang.get("/customers/"))
    assert "张**" in page
    assert "张晓丰" not in page
    # The order of covered names would tell them.
    assert as_wang.get("/customers/?sort=name").context["page"].sorted_by.key == "last"


def test_another_team_sees_nothing_of_it(as_stranger: Client, hengyue: str) -> None:
    page = _text(as_stranger.get("/customers/"))
    assert hengyue not in page
    assert "衡岳数据" not in page


def test_conditions_narrow_the_list_and_are_said(as_wang: Client, new_customer: NewCustomer) -> None:
    new_customer()
    new_customer(name="上海澄明供应链管理有限公司", region="上海市", industry="交通", mobile="")
    page = _text(as_wang.get("/customers/?region=310000&kind=enterprise"))
    assert "澄明" in page
    assert "衡岳数据" not in page
    assert "去掉筛选：区域" in page


@pytest.mark.parametrize("query", ["region=xx", "sort=phone", "at=broken", "size=7", "from=yesterday", "owner=nobody"])
def test_a_damaged_address_still_shows_a_list(as_wang: Client, hengyue: str, query: str) -> None:
    assert hengyue in _text(as_wang.get(f"/customers/?{query}"))


def test_more_rows_take_no_more_queries(as_wang: Client, new_customer: NewCustomer) -> None:
    new_customer()
    as_wang.get("/customers/")
    with CaptureQueriesContext(connection) as few:
        as_wang.get("/customers/")
    for number in range(8):
        new_customer(name=f"浙江云栖谷软件有限公司{number}", mobile="")
    with CaptureQueriesContext(connection) as many:
        as_wang.get("/customers/")
    assert len(many) == len(few)


def test_the_regions_are_read_from_the_codes(as_wang: Client, new_customer: NewCustomer) -> None:
    new_customer()
    new_customer(name="上海澄明供应链管理有限公司", region="上海市", mobile="")
    page = _text(as_wang.get("/customers/"))
    assert "区域由编码读出" in page
    assert "50%" in page


def _views(client: Client) -> list[str]:
    page = _text(client.get("/customers/?view=all"))
    return [name for name in ("北京的", "海淀的") if f">{name}" in page]


def test_a_view_is_kept_renamed_and_let_go(as_wang: Client, wang: User, hengyue: str) -> None:
    assert hengyue
    as_wang.post("/customers/views/", {"name": "北京的", "query": "region=110000"})
    assert _views(as_wang) == ["北京的"]
    (view,) = ListView.objects.filter(user=wang)
    as_wang.post(f"/customers/views/{view.uuid}/rename/", {"name": "海淀的"})
    assert _views(as_wang) == ["海淀的"]
    as_wang.post(f"/customers/views/{view.uuid}/delete/")
    assert _views(as_wang) == []


def test_views_outlive_the_session_and_are_ones_own(
    as_wang: Client, wang: User, as_stranger: Client, client_of: Callable[[User], Client]
) -> None:
    as_wang.post("/customers/views/", {"name": "北京的", "query": "region=110000"})
    as_wang.post("/sign-out/")
    assert _views(client_of(wang)) == ["北京的"]
    assert _views(as_stranger) == []
    (view,) = ListView.objects.filter(user=wang)
    answer = as_stranger.post(f"/customers/views/{view.uuid}/delete/")
    assert "没有这个视图" in _text(answer)
    assert _views(client_of(wang)) == ["北京的"]


@pytest.mark.parametrize("query", ["region=110000", "owner=me"], ids=["one's own", "everybody's"])
def test_the_list_opens_with_the_view_that_a_person_chose(as_wang: Client, hengyue: str, query: str) -> None:
    assert hengyue
    as_wang.post("/customers/views/", {"name": "北京的", "query": "region=110000"})
    as_wang.post("/customers/views/default/", {"query": query})
    assert as_wang.get("/customers/")["Location"] == f"/customers/?{query}"
    # What has no condition is still there.
    page = as_wang.get(f"/customers/?{query}").context["page"]
    assert page.clear == "?view=all"
    assert as_wang.get("/customers/?view=all").status_code == 200
    as_wang.post("/customers/views/default/", {"query": query, "no": "1"})
    assert as_wang.get("/customers/").status_code == 200
    assert _views(as_wang) == ["北京的"]


def test_the_name_that_a_view_looks_for_is_sealed(as_wang: Client, wang: User, request: pytest.FixtureRequest) -> None:
    for name in ("北京的", "海淀的"):
        as_wang.post("/customers/views/", {"name": name, "query": "q=欧阳晓丰"})
    as_wang.post("/customers/views/default/", {"query": "q=欧阳晓丰"})
    kept = ListView.objects.filter(user=wang).values()
    assert "欧阳晓丰" not in unquote(str([{**one, "sealed": bytes(one["sealed"])} for one in kept]))
    assert len({one["subject_id"] for one in kept}) == 1
    assert unquote(as_wang.get("/customers/")["Location"]) == "/customers/?q=欧阳晓丰"
    request.getfixturevalue("sealed")
    # The list is there without a key, too; the views are not.
    assert as_wang.get("/customers/").status_code == 200
    assert _views(as_wang) == []
    assert as_wang.post("/customers/views/", {"name": "东城的", "query": "region=110000"}).status_code == 409


def test_two_views_do_not_share_a_name_and_there_is_an_end_to_them(as_wang: Client, wang: User) -> None:
    for name in ("北京的", "上海的"):
        as_wang.post("/customers/views/", {"name": name, "query": "region=110000"})
    first = ListView.objects.filter(user=wang).order_by("pk")[0]
    answer = as_wang.post(f"/customers/views/{first.uuid}/rename/", {"name": "上海的"})
    assert "已有名为「上海的」的视图" in _text(answer)
    for number in range(29):
        answer = as_wang.post("/customers/views/", {"name": f"视图{number}", "query": "owner=me"})
    assert "最多存 30 个视图" in _text(answer)


@pytest.fixture
def one_at_once(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """More than one row is a large file; the worker works when it is asked."""
    monkeypatch.setattr(exporting, "AT_ONCE", 1)
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


@pytest.mark.usefixtures("one_at_once")
def test_a_large_list_is_written_beside_the_pages(as_li: Client, as_wang: Client, new_customer: NewCustomer) -> None:
    for name in ("北京衡岳数据技术有限公司", "上海澄明供应链管理有限公司"):
        new_customer(name=name)
    place = as_li.get("/customers/export/?format=csv&column=name&column=mobile&sort=name")["Location"]
    page = _text(as_li.get(place))
    assert "文件已写好" in page
    answer: Any = as_li.get(f"{place}file/")
    assert [line.split(",")[1] for line in answer.content.decode("utf-8-sig").splitlines()] == [
        "电话",
        *["13800001234"] * 2,
    ]
    (event,) = audit.events(kind="customers.exported")
    assert event.detail["rows"] == 2
    # It is for who asked for it only.
    assert as_wang.get(place).status_code in {403, 404}


@pytest.mark.usefixtures("one_at_once")
def test_a_large_file_tells_how_far_it_is_and_can_be_stopped(
    as_li: Client, li: User, new_customer: NewCustomer, settings: Any
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    for name in ("北京衡岳数据技术有限公司", "上海澄明供应链管理有限公司"):
        new_customer(name=name)
    place = as_li.get("/customers/export/?format=csv")["Location"]
    assert "0 / 2" in _text(as_li.get(place, headers={"HX-Request": "true"}))
    assert as_li.get(f"{place}file/").status_code == 404
    row = Export.objects.get(user=li)
    Export.objects.filter(pk=row.pk).update(state="running", is_cancelled=True)
    exporting.write_list.func(str(row.uuid))
    assert Export.objects.get().state == "stopped"
    assert "没有文件" in _text(as_li.get(place))
    assert list(exports.path_of(exports.export(access.viewer_of(li), row.uuid)).parent.glob(f"*{row.uuid.hex}*")) == []


def test_files_of_yesterday_go(li: User) -> None:
    viewer = access.viewer_of(li)
    old = exports.begin_export(viewer, "q=MARK", kind="csv", expected=1, at=NOON)

    def write(row: ExportRow, target: BinaryIO, _: object) -> Viewer:
        target.write(row.query.encode())
        return viewer

    exports.write_export(old.uuid, write, at=NOON)
    assert exports.content(viewer, old.uuid).read() == b"q=MARK"
    stored = Export.objects.get()
    assert b"MARK" not in exports.path_of(old).read_bytes() + bytes(stored.sealed)
    (event,) = audit.events(kind="customers.exported")
    assert event.detail["conditions"] == ["q"]
    assert exports.clear_old_exports(NOON + timedelta(hours=23)) == 0
    assert exports.clear_old_exports(NOON + timedelta(hours=25)) == 1
    assert not exports.path_of(old).exists()
    assert SubjectKey.objects.get(pk=stored.subject_id).wrapped is None
    with pytest.raises(UnknownError):
        exports.export(viewer, old.uuid)


def test_the_list_leaves_as_a_file_with_its_columns(as_li: Client, hengyue: str) -> None:
    answer = as_li.get("/customers/export/?format=csv&column=code&column=name&column=mobile")
    lines = b"".join(answer).decode("utf-8-sig").splitlines()
    assert lines[0] == "客户编码,名称,电话"
    assert lines[1] == f"{hengyue},北京衡岳数据技术有限公司,13800001234"


def test_what_is_covered_on_screen_is_covered_in_the_file(as_wang: Client, hengyue: str) -> None:
    assert as_wang.get("/customers/export/?format=csv").status_code == 403
    role = Role.objects.get(key="member")
    role.permissions = [*role.permissions, "customers.export"]
    role.save()
    file = b"".join(as_wang.get("/customers/export/?format=csv")).decode("utf-8-sig")
    assert hengyue in file
    assert "138****1234" in file
    assert "13800001234" not in file


def test_an_excel_file_is_an_excel_file(as_li: Client, hengyue: str) -> None:
    assert hengyue
    answer = as_li.get("/customers/export/?format=xlsx")
    assert b"".join(answer).startswith(b"PK")


def test_a_manager_hands_over_and_takes_it_back(as_li: Client, li: User, wang: User, hengyue: str) -> None:
    answer = as_li.post("/customers/hand-over/", {"pick": _id(hengyue), "to": li.pk}, follow=True)
    assert Customer.objects.get(code_id=hengyue).owner_id == li.pk
    assert "已转交 1 户" in _text(answer)
    batch = Batch.objects.latest("id")
    assert f"/customers/batches/{batch.uuid}/undo/" in _text(answer)
    as_li.post(f"/customers/batches/{batch.uuid}/undo/")
    assert Customer.objects.get(code_id=hengyue).owner_id == wang.pk


def test_who_may_not_hand_over_is_refused(as_wang: Client, li: User, hengyue: str) -> None:
    assert as_wang.post("/customers/hand-over/", {"pick": _id(hengyue), "to": li.pk}).status_code == 403


@pytest.mark.parametrize(
    ("action", "given", "said"),
    [
        pytest.param("hand-over", {"pick": "1"}, "请选择转给谁", id="to nobody"),
        pytest.param("hand-over", {"to": "1"}, "没有选中客户", id="nothing chosen"),
        pytest.param("tag", {"pick": "1"}, "请填标签", id="no tag"),
        pytest.param("edit", {}, "没有选中客户", id="nothing to edit"),
    ],
)
def test_a_bulk_action_says_what_is_missing(
    as_li: Client, rule: str, action: str, given: dict[str, str], said: str
) -> None:
    assert rule
    assert said in _text(as_li.post(f"/customers/{action}/", given, follow=True))


def test_what_another_team_owns_cannot_be_picked(as_stranger: Client, hengyue: str) -> None:
    as_stranger.post("/customers/release/", {"pick": _id(hengyue)})
    assert Customer.objects.get(code_id=hengyue).owner_id is not None


def test_customers_go_to_the_pool_and_come_back(as_wang: Client, wang: User, hengyue: str) -> None:
    as_wang.post("/customers/release/", {"pick": _id(hengyue)})
    assert Customer.objects.get(code_id=hengyue).owner_id is None
    as_wang.post("/customers/claim/", {"pick": _id(hengyue)})
    assert Customer.objects.get(code_id=hengyue).owner_id == wang.pk


def test_tags_are_put_on_all_of_a_view(as_wang: Client, new_customer: NewCustomer) -> None:
    new_customer()
    new_customer(name="上海澄明供应链管理有限公司", region="上海市", mobile="")
    answer = as_wang.post(
        "/customers/tag/", {"all": "1", "query": "region=310000", "tags": "高价值客户、月结"}, follow=True
    )
    assert "已打标签 1 户" in _text(answer)
    page = _text(as_wang.get("/customers/?tags=高价值客户"))
    assert "澄明" in page
    assert "衡岳数据" not in page


def test_a_bulk_edit_is_looked_at_then_applied_then_undone(as_wang: Client, hengyue: str) -> None:
    asked = {"pick": _id(hengyue), "source": "展会", "step": "preview"}
    preview = as_wang.post("/customers/edit/", asked)
    assert "1 户会改变" in _text(preview)
    assert Customer.objects.get(code_id=hengyue).source == ""
    seen = preview.context["asked"].mark
    as_wang.post("/customers/edit/", {**asked, "step": "apply", "seen": seen})
    assert Customer.objects.get(code_id=hengyue).source == "展会"
    as_wang.post(f"/customers/batches/{Batch.objects.latest('id').uuid}/undo/")
    assert Customer.objects.get(code_id=hengyue).source == ""


def test_only_what_the_preview_has_shown_is_applied(as_wang: Client, hengyue: str) -> None:
    asked = {"pick": _id(hengyue), "source": "展会", "step": "apply", "seen": "something else"}
    assert "1 户会改变" in _text(as_wang.post("/customers/edit/", asked))
    assert Customer.objects.get(code_id=hengyue).source == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"region": "火星"}, "火星", id="no such place"),
        pytest.param({}, "还没有填要改成什么", id="nothing filled in"),
    ],
)
def test_a_bulk_edit_explains_bad_input(as_wang: Client, hengyue: str, given: dict[str, str], said: str) -> None:
    answer = as_wang.post("/customers/edit/", {"pick": _id(hengyue), "step": "preview", **given})
    assert answer.status_code == 422
    assert said in _text(answer)


def test_the_recycle_bin_gives_back(as_li: Client, hengyue: str) -> None:
    answer = as_li.post("/customers/delete/", {"pick": _id(hengyue)}, follow=True)
    assert "撤销" in _text(answer)
    assert hengyue not in _text(as_li.get("/customers/?sort=code"))
    assert hengyue in _text(as_li.get("/customers/bin/"))
    as_li.post("/customers/restore/", {"pick": _id(hengyue)})
    assert hengyue in _text(as_li.get("/customers/"))


def test_the_workbench_leads_to_the_first_customer_while_there_is_none(
    admin: User, client_of: Callable[[User], Client]
) -> None:
    page = client_of(admin).get("/").content.decode()
    assert "接下来五分钟" in page
    assert 'href="/schemes/"' in page


@pytest.mark.usefixtures("hengyue")
def test_the_workbench_does_so_no_longer_afterwards(admin: User, client_of: Callable[[User], Client]) -> None:
    assert "接下来五分钟" not in client_of(admin).get("/").content.decode()
