"""From a file to coded customers, page by page."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kehuma.apps.access import services as access
from kehuma.apps.customers.models import Customer
from kehuma.apps.intake import queries
from kehuma.apps.intake.models import ImportBatch, State
from kehuma.engine.encryption.streams import SealedWriter
from kehuma.lib.viewer import system

SOUND = "A1,北京衡岳数据有限公司,北京,信息技术,13800000001\nA2,上海澄明供应链有限公司,上海,物流,13800000002\n"
FAULTY = SOUND + "A3,广州粤盛公司,广东,炼丹,1380013800\nA4,北京衡岳数据有限公司,北京,金融,\n"
Make = Callable[..., str]
HTMX = {"HX-Request": "true"}


def _page(client: Client, place: str) -> str:
    answer = client.get(place)
    assert answer.status_code == 200
    return answer.content.decode()


def _text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_list_is_uploaded_mapped_checked_committed_undone_and_committed(browser: Client, dry_run: Make) -> None:
    place = dry_run(SOUND)
    checked = _text(_page(browser, place))
    assert "新建 2，更新 0" in checked
    assert "BJ - IT - 0001 - Y" in checked
    assert not Customer.objects.exists()

    browser.post(f"{place}commit/", {"mode": "both"})
    report = _text(_page(browser, place))
    assert "已提交：新建 2 户，更新 0 户。" in report
    assert "北京市" in report
    assert Customer.objects.filter(deleted_at=None).count() == 2

    browser.post(f"{place}undo/")
    assert "这一批已撤销" in _text(_page(browser, place))
    assert Customer.objects.filter(deleted_at=None).count() == 0

    browser.post(f"{place}commit/")
    assert Customer.objects.filter(deleted_at=None).count() == 2


def test_the_columns_are_suggested(browser: Client, upload: Make) -> None:
    html = _page(browser, upload(SOUND))
    assert re.findall(r'<option value="(\w+)" selected', html)[:5] == [
        "own_number",
        "name",
        "region",
        "industry",
        "mobile",
    ]
    assert 'value="客户名单"' in html
    assert "表头在第 1 行" in html


def test_a_table_is_pasted(browser: Client) -> None:
    answer = browser.post("/imports/new/", {"text": "客户名称\t省份\n北京衡岳\t北京\n"})
    assert "粘贴的表格" in _page(browser, answer["Location"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "空", id="empty"),
        pytest.param("名称\n".encode(), "表头下面没有数据", id="only a head"),
        pytest.param(b"PK\x03\x04broken", "", id="broken workbook"),
    ],
)
def test_what_is_no_list_is_refused_with_the_reason(browser: Client, content: bytes, said: str) -> None:
    answer = browser.post("/imports/new/", {"file": SimpleUploadedFile("名单.csv", content)})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'id="id_file_error"' in html
    assert said in html


def test_nothing_pasted_is_said(browser: Client) -> None:
    assert browser.post("/imports/new/", {"text": ""}).status_code == 422


def test_a_mapping_that_cannot_work_is_shown_again_as_chosen(browser: Client, upload: Make) -> None:
    place = upload(SOUND)
    answer = browser.post(f"{place}map/", {"column-0": "notes", "source": "台账", "scheme": "region-industry"})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "请指定哪一列是客户名称" in html
    assert re.findall(r'<option value="(\w+)" selected', html)[:1] == ["notes"]


def _header() -> list[str]:
    (one,) = queries.imports(system("test"))
    return list(one.header)


def test_a_file_is_read_in_another_way(browser: Client, upload: Make) -> None:
    place = upload("甲;北京\n乙;上海\n", head="客户名称;省份\n")
    browser.post(f"{place}read/", {"encoding": "utf-8", "delimiter": ","})
    assert _header() == ["客户名称;省份"]
    browser.post(f"{place}read/", {"encoding": "utf-8", "delimiter": ";"})
    assert _header() == ["客户名称", "省份"]


def test_the_row_of_the_header_is_shown_and_can_be_changed(browser: Client, upload: Make) -> None:
    place = upload("客户名称,省份\n甲,北京\n乙,上海\n", head="客户名单\n\n")
    page = browser.get(place).content.decode()
    assert "第 3 行，2 列" in page
    assert 'name="header_row" value="3"' in page
    browser.post(f"{place}read/", {"encoding": "utf-8", "delimiter": ",", "header_row": "4"})
    assert _header() == ["甲", "北京"]


def test_faults_are_mended_in_place(browser: Client, dry_run: Make) -> None:
    place = dry_run(FAULTY)
    html = _page(browser, place)
    assert "1380013800" in html
    fix = {"number": "4", "field": "mobile", "value": "13800138000"}
    answer = browser.post(f"{place}mend/", fix, headers=HTMX)
    assert answer.status_code == 200
    assert "1380013800<" not in answer.content.decode()
    alike = {"field": "industry", "old": "炼丹", "value": "制造业", "alike": "1", "number": "4"}
    after = browser.post(f"{place}mend/", alike, headers=HTMX).content.decode()
    assert "没有有误的行" in after
    assert "新建 3，更新 0" in after


def test_faults_are_seen_by_field(browser: Client, dry_run: Make) -> None:
    place = dry_run(FAULTY)
    answer = browser.get(f"{place}?field=mobile", headers=HTMX)
    html = answer.content.decode()
    assert html.lstrip().startswith('<div class="stack" id="result">')
    assert "1380013800" in html
    assert "炼丹" not in html
    after = browser.post(f"{place}mend-all/", {"how": "empty", "in": "mobile"}, headers=HTMX).content.decode()
    assert "已留空 1 处" in after


def test_duplicates_are_decided_in_place(browser: Client, dry_run: Make) -> None:
    place = dry_run(FAULTY)
    html = _page(browser, f"{place}?tab=duplicates")
    assert "名称相同" in html
    answer = browser.post(f"{place}decide/", {"number": "5", "decision": "create"}, headers=HTMX)
    assert "新建 3，更新 0" in answer.content.decode()
    answer = browser.post(f"{place}decide/", {"number": "5", "decision": "update"}, headers=HTMX)
    assert "新建 2，更新 1" in answer.content.decode()


def test_without_script_every_step_works_too(browser: Client, dry_run: Make) -> None:
    place = dry_run(FAULTY)
    for action, data in (
        ("mend", {"number": "4", "field": "mobile", "value": "13800138000"}),
        ("mend-all", {"how": "suggestion"}),
        ("decide", {"decision": "skip"}),
    ):
        answer = browser.post(f"{place}{action}/", data)
        assert (answer.status_code, answer["Location"]) == (302, place)


def test_rows_that_did_not_come_in_are_handed_out_to_be_mended(browser: Client, dry_run: Make) -> None:
    place = dry_run(FAULTY)
    browser.post(f"{place}commit/", {"mode": "both"})
    assert "下载没有导入的行" in _page(browser, place)
    answer = browser.get(f"{place}rejected/")
    assert "%E6%9C%AA%E5%AF%BC%E5%85%A5.csv" in answer["Content-Disposition"]
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith('"行","字段","原因","客户编号"')
    assert len(lines) == 3


def test_a_formula_in_a_rejected_row_is_disarmed(browser: Client, dry_run: Make) -> None:
    place = dry_run("=1+1,,北京,金融,\n")
    answer = browser.get(f"{place}rejected/")
    assert '"\'=1+1"' in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def test_the_template_is_a_workbook_with_the_usual_head(browser: Client) -> None:
    answer = browser.get("/imports/template/")
    book = openpyxl.load_workbook(BytesIO(answer.content))
    head = [cell.value for cell in next(iter(book.worksheets[0].iter_rows(max_row=1)))]
    assert head[:3] == ["原编号", "名称", "类型"]


def test_progress_is_asked_for_and_ends_with_the_page_anew(browser: Client, dry_run: Make) -> None:
    place = dry_run(SOUND)
    ImportBatch.objects.update(state=State.COMMITTING, done=1)
    assert 'hx-trigger="every 1s"' in _page(browser, place)
    progress = browser.get(f"{place}progress/", headers=HTMX)
    assert "1 / 2 行" in progress.content.decode()
    ImportBatch.objects.update(state=State.CHECKED)
    assert browser.get(f"{place}progress/", headers=HTMX)["HX-Refresh"] == "true"


def test_what_runs_is_stopped(browser: Client, dry_run: Make) -> None:
    place = dry_run(SOUND)
    ImportBatch.objects.update(state=State.COMMITTING)
    browser.post(f"{place}cancel/")
    assert ImportBatch.objects.get().is_cancelled


def test_a_stopped_commit_can_go_on(browser: Client, dry_run: Make) -> None:
    place = dry_run(SOUND)
    ImportBatch.objects.update(state=State.STOPPED, position=0)
    assert "接着提交" in _page(browser, place)
    browser.post(f"{place}commit/", {"mode": "both"})
    assert Customer.objects.count() == 2


def test_columns_are_mapped_otherwise(browser: Client, dry_run: Make) -> None:
    place = dry_run(FAULTY)
    browser.post(f"{place}back/")
    assert "每一列是什么" in _page(browser, place)


def test_an_import_is_cancelled_with_its_file(browser: Client, upload: Make) -> None:
    place = upload(SOUND)
    assert browser.post(f"{place}discard/")["Location"] == "/imports/"
    assert browser.get(place).status_code == 404
    assert "还没有导入过名单" in _page(browser, "/imports/")


def test_what_waits_is_told_in_side_bar_and_bell(browser: Client, dry_run: Make) -> None:
    dry_run(SOUND)
    html = _page(browser, "/imports/")
    assert "试运行完成，等你提交" in html
    assert "待提交" in html


def test_a_failed_dry_run_says_why(browser: Client, dry_run: Make) -> None:
    place = dry_run(SOUND)
    ImportBatch.objects.update(state=State.FAILED, error={"zh": "磁盘满了", "en": "the disk is full"})
    assert "磁盘满了" in _page(browser, place)


def test_who_may_not_import_is_refused(
    upload: Make, wang: access.User, client_of: Callable[[access.User], Client]
) -> None:
    place = upload(SOUND)
    client = client_of(wang)
    for address in ("/imports/", "/imports/new/", place, f"{place}rejected/"):
        assert client.get(address).status_code == 403
    for action in ("map", "mend", "decide", "commit", "undo", "clear", "discard"):
        assert client.post(f"{place}{action}/").status_code == 403


def test_another_persons_import_is_not_there(
    upload: Make, li: access.User, client_of: Callable[[access.User], Client]
) -> None:
    place = upload(SOUND)
    client = client_of(li)
    assert client.get(place).status_code == 404
    assert client.post(f"{place}discard/").status_code == 404


def test_the_pages_speak_english(browser: Client, admin: access.User, dry_run: Make) -> None:
    place = dry_run(FAULTY)
    access.set_language(admin.pk, "en")
    text = _text(_page(browser, place))
    assert "Create 2, update 0" in text
    assert "knows no “炼丹”" in text


def test_file_and_rows_go_when_somebody_says_so(browser: Client, dry_run: Make) -> None:
    place = dry_run(SOUND + FAULTY)
    browser.post(f"{place}commit/", {"mode": "both"})
    assert "删除文件与明细" in _page(browser, place)
    answer = browser.post(f"{place}clear/", follow=True)
    html = answer.content.decode()
    assert "已删除文件与明细" in html
    assert "上传的文件和明细已删除，这里只留下数字。" in html
    assert "没有导入的行" not in html
    assert "客户名单" not in _page(browser, "/imports/")


def test_a_large_upload_lies_sealed_while_it_waits(
    browser: Client, upload: Make, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILE_UPLOAD_HANDLERS = settings.FILE_UPLOAD_HANDLERS[1:]
    spooled: list[bytes] = []
    finish = SealedWriter.finish

    def watched(writer: SealedWriter) -> int:
        length = finish(writer)
        target = writer._target
        if target.readable():
            target.seek(0)
            spooled.append(target.read())
        return length

    monkeypatch.setattr(SealedWriter, "finish", watched)
    place = upload(SOUND)
    assert browser.get(place).status_code == 200
    (content,) = spooled
    assert content.startswith(b"kehuma sealed")
    assert "北京".encode() not in content


def test_a_sealed_store_shows_that_there_are_lists_and_takes_none(
    browser: Client, dry_run: Make, request: pytest.FixtureRequest
) -> None:
    place = dry_run(SOUND)
    request.getfixturevalue("sealed")
    assert "已封存" in _page(browser, "/imports/")
    refused = browser.get(place)
    assert (refused.status_code, "个人信息已封存" in refused.content.decode()) == (409, True)
    file = SimpleUploadedFile("名单.csv", SOUND.encode())
    answer = browser.post("/imports/new/", {"file": file})
    assert (answer.status_code, "个人信息已封存" in answer.content.decode()) == (409, True)
