"""The index of names, on the store of this run: what was asked for is found, and changes show at once."""

from collections.abc import Sequence

import pytest
from django.db import connection
from django.db.migrations.state import ProjectState

from kehuma.lib.search import CreateIndex, matching, tokens

pytestmark = pytest.mark.django_db

NAMES = ("北京衡岳数据科技有限公司", "上海临江商业保理有限公司", "成都锦里餐饮管理有限公司", "京衡临江单雄信")


def found(text: str) -> Sequence[int]:
    question = tokens.question(text, sees_people=True)
    assert question is not None
    return matching("tests_text", question, limit=10)


@pytest.fixture
def _index() -> None:
    state = ProjectState()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE tests_text (id integer PRIMARY KEY, tokens text NOT NULL)")
    # SQLite would have its foreign keys off for an editor; no table is rebuilt here.
    editor = connection.SchemaEditorClass(connection, collect_sql=False, atomic=False)
    CreateIndex("tests_text").database_forwards("tests", editor, state, state)
    with connection.cursor() as cursor:
        for number, name in enumerate(NAMES, start=1):
            words = " ".join(sorted(tokens.tokens_of_name(name)))
            cursor.execute("INSERT INTO tests_text (id, tokens) VALUES (%s, %s)", [number, words])


@pytest.mark.usefixtures("_index")
@pytest.mark.parametrize(
    ("text", "ids"),
    [
        pytest.param("衡岳", [1], id="two characters"),
        pytest.param("临江", [4, 2], id="the newest first"),
        pytest.param("临江商业", [2], id="four characters"),
        pytest.param("shujukeji", [1], id="pinyin"),
        pytest.param("hysj", [1], id="initials"),
        pytest.param("锦里 餐饮", [3], id="two words"),
        pytest.param("深圳", [], id="nobody"),
    ],
)
def test_a_name_is_found_by_its_parts(text: str, ids: list[int]) -> None:
    assert found(text) == ids


@pytest.mark.usefixtures("_index")
def test_a_changed_name_is_found_anew_and_a_deleted_one_no_more() -> None:
    with connection.cursor() as cursor:
        words = " ".join(sorted(tokens.tokens_of_name("深圳湾")))
        cursor.execute("UPDATE tests_text SET tokens = %s WHERE id = 1", [words])
        cursor.execute("DELETE FROM tests_text WHERE id = 2")
    assert (found("衡岳"), found("深圳"), found("临江")) == ([], [1], [4])
