"""Who is meant by the @ in a remark."""

import pytest

from kehuma.apps.interactions.mentioning import mentioned

PEOPLE = [(1, "李经理", "lijl"), (2, "李经", "li"), (3, "小王", "xiaowang"), (4, "", "zhao")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("@李经理注意开票抬头", [1], id="no blank behind a Chinese name"),
        pytest.param("@李经 看一下", [2], id="the shorter name"),
        pytest.param("请 @xiaowang, @LIJL 跟进", [3, 1], id="sign-in names in any case"),
        pytest.param("@lijlx 不是人", [], id="a Latin name ends with its word"),
        pytest.param("＠小王 ＠小王", [3], id="full width, each once"),
        pytest.param("a@xiaowang.example", [], id="an address of mail"),
        pytest.param("@ @@ @没有这人", [], id="nobody"),
        pytest.param("见@zhao看看", [4], id="without a name of its own"),
    ],
)
def test_the_longest_name_behind_the_sign_is_meant(text: str, found: list[int]) -> None:
    assert mentioned(text, PEOPLE) == found
