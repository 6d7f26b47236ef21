import gzip
from pathlib import Path

import pytest

from kehuma.lib.tabular import TabularError, open_table
from kehuma.lib.tabular.encodings import ERRORS, detected

ROWS = [
    ("客户名称", "城市", "电话"),
    ("北京测试科技有限公司", "北京", "013900001111"),
    ("上海示例贸易有限公司", "上海", ""),
]
TRADITIONAL = [
    ("客戶名稱", "城市", "電話"),
    ("臺北測試科技有限公司", "臺北", "0912"),
    ("高雄範例貿易有限公司", "高雄", ""),
]


@pytest.mark.parametrize(
    "delimiter", [",", ";", "\t", "|", "，"], ids=["comma", "semicolon", "tab", "bar", "wide comma"]
)
@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("big5", "big5hkscs"),
    ],
)
@pytest.mark.parametrize("form", ["LF", "CRLF", "CR", "LF gzipped"])
def test_a_list_is_read_in_whatever_form_it_comes(
    tmp_path: Path, delimiter: str, encoding: str, found: str, form: str
) -> None:
    rows = TRADITIONAL if encoding == "big5" else ROWS
    end = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}[form.split(maxsplit=1)[0]]
    data = end.join(delimiter.join(row) for row in rows).encode(encoding)
    path = tmp_path / "list.txt"
    path.write_bytes(gzip.compress(data) if "gzipped" in form else data)
    with open_table(path) as table:
        assert (table.encoding, table.delimiter) == (found, delimiter)
        assert table.header == rows[0]
        assert [row for batch in table.batches() for row in batch.rows] == rows[1:]


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [
        pytest.param("Name,Città\nCaffè Roma,Forlì\n" * 20, "cp1252", "cp1252", id="Italian"),
        pytest.param("株式会社,カタカナ、ひらがな\n" * 20, "shift_jis", "cp932", id="Japanese"),
        pytest.param("name,city\n", "ascii", "utf-8", id="English"),
        pytest.param("繁體客戶名稱與電話號碼，請勿外傳\n" * 5, "gbk", "gb18030", id="traditional characters in GBK"),
    ],
)
def test_what_is_not_chinese_is_guessed(text: str, written: str, found: str) -> None:
    assert detected(text.encode(written)) == found


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_few_damaged_bytes_do_not_change_the_encoding_and_cost_only_their_row(tmp_path: Path, encoding: str) -> None:
    lines = [",".join(ROWS[1]).encode(encoding) for _ in range(40)]
    lines[30] = b"\xff" + lines[30]
    path = tmp_path / "list.csv"
    path.write_bytes(b"\n".join([",".join(ROWS[0]).encode(encoding), *lines]))
    with open_table(path) as table:
        (batch,) = table.batches()
    assert table.encoding == encoding
    assert len(batch.rows) == 39
    (fault,) = batch.faults
    assert (fault.number, fault.error.message) == (32, "row-undecodable")
    assert fault.cells == ("�北京测试科技有限公司", "北京", "013900001111")
    assert fault.error.say("zh") == f"第 32 行含有不属于 {encoding} 编码的字节"


def test_damage_behind_the_first_megabyte_names_its_row(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    good = ",".join(ROWS[1]).encode() + b"\n"
    path.write_bytes(",".join(ROWS[0]).encode() + b"\n" + good * 30_000 + good[:7] + b"\xff" + good[7:] + good)
    with open_table(path) as table:
        faults = [fault for batch in table.batches() for fault in batch.faults]
    assert [(fault.number, fault.error.message) for fault in faults] == [(30_002, "row-undecodable")]


def test_a_character_cut_by_the_end_of_the_sample_is_no_damage(tmp_path: Path) -> None:
    data = ("名称\n" + "户" * 99 + "\n").encode() + ("户" * 400_000 + "\n").encode() * 1
    for shift in range(3):
        path = tmp_path / f"{shift}.csv"
        path.write_bytes(data[:3] + b"x" * shift + data[3:])
        with open_table(path) as table:
            assert table.encoding == "utf-8"


def test_a_damaged_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"\xff" + "客户名称,城市\n".encode() + "北京测试,北京\n".encode() * 50)
    with pytest.raises(TabularError, match="row 1 has bytes that are not utf-8"):
        open_table(path)


@pytest.mark.parametrize("data", [bytes(range(256)) * 40, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe\xd9\x81\x00"])
def test_a_picture_or_program_is_no_table(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    with pytest.raises(TabularError):
        open_table(path)


def test_text_that_cannot_be_encoded_is_not_marked() -> None:
    with pytest.raises(UnicodeEncodeError):
        "甲".encode("ascii", ERRORS)


def test_the_user_may_know_better(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes("a;b,Zürich\n1;2,Köln".encode("cp1252"))
    with open_table(path, encoding="cp1252", delimiter=";") as table:
        assert table.header == ("a", "b,Zürich")
    with pytest.raises(TabularError, match='no encoding called "klingon"'):
        open_table(path, encoding="klingon")
    for delimiter in ("", ";;", '"', "\n"):
        with pytest.raises(TabularError, match="a delimiter is one character"):
            open_table(path, delimiter=delimiter or "::")
