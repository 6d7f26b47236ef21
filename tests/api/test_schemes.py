"""Schemes and dictionaries over HTTP."""

from pathlib import Path
from typing import Any

import pytest

from kehuma.apps.access import queries, services
from kehuma.apps.codes import drafts
from kehuma.lib import clock
from kehuma.lib.viewer import system

SCHEMES = Path(__file__).resolve().parents[2] / "schemes"
FACTS = {"region": "北京", "industry": "信息技术"}


def _source(name: str) -> str:
    return (SCHEMES / f"{name}.toml").read_text("utf-8")


def test_schemes_are_listed_with_their_files(program: Any) -> None:
    assert [one["name"] for one in program.get("/schemes").json["items"]] == ["region-industry"]
    one = program.get("/schemes/region-industry").json
    assert one["source"] == _source("region-industry")
    assert one["capacity"]["counter_key"] == ["region", "industry"]
    assert program.get("/schemes/none").status == 404


def test_a_file_is_checked_previewed_and_published(program: Any) -> None:
    source = _source("stepped")
    assert program.post("/schemes/check", {"source": source}).json["ok"] is True
    shown = program.post("/schemes/preview", {"source": source, "facts": [{}, {}]}).json["items"]
    assert [one["serial"] for one in shown] == [1, 6]
    assert program.get("/schemes/stepped").status == 404
    first, again = (program.post("/schemes", {"source": source}) for _ in range(2))
    assert (first.status, again.status, first.json) == (201, 200, again.json)


def test_a_file_that_is_no_scheme_is_refused_with_its_place(program: Any) -> None:
    answer = program.post("/schemes", {"source": "kehuma = 1"})
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "source")
    assert program.post("/schemes/check", {"source": "= ="}).status == 422


def test_a_preview_gives_nothing_out(program: Any) -> None:
    body = {"scheme": "region-industry", "facts": [FACTS, {"region": "火星"}]}
    first, again = (program.post("/schemes/preview", body).json["items"] for _ in range(2))
    assert first == again
    assert first[0]["code"] == "BJ-IT-0001-Y"
    assert first[1]["error"]
    assert program.post("/schemes/preview", {"facts": [FACTS]}).status == 422


def test_where_a_second_person_looks_at_rules_a_program_publishes_none(program: Any, of_person: Any) -> None:
    of_person("甲", "jia", "admin")
    person = queries.colleague_named("jia")
    assert person is not None
    drafts.require_review(queries.viewer(person.id), is_needed=True, at=clock.now())
    assert program.post("/schemes", {"source": _source("stepped")}).status == 409


def test_a_dictionary_is_read_and_extended(program: Any) -> None:
    names = {one["name"] for one in program.get("/dictionaries").json["items"]}
    assert {"cn-province", "cn-industry"} <= names
    page = program.get("/dictionaries/cn-province?q=江&limit=1").json
    rest = program.get(f"/dictionaries/cn-province?q=江&limit=1&cursor={page['next']}").json
    assert page["items"][0]["zh"] != rest["items"][0]["zh"]
    entry = {"symbol": "IT", "also": ["互联网公司"]}
    told = program.post("/dictionaries/cn-industry", {"entries": [entry]})
    assert told.json == {"name": "cn-industry", "version": 1}
    assert program.post("/dictionaries/cn-industry", {"entries": [entry]}).json["version"] == 1
    assert program.get("/dictionaries/none").status == 404
    assert program.post("/dictionaries/cn-industry", {"entries": []}).status == 422
    refused = program.post("/dictionaries/cn-industry", {"entries": [entry, {"symbol": "行业", "zh": "某行业"}]})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "entries.1.symbol")


@pytest.mark.parametrize("right", ["schemes.view", "customers.create"])
def test_a_key_has_only_the_rights_that_it_was_given(program: Any, right: str) -> None:
    from datetime import timedelta  # noqa: PLC0415

    at = clock.now()
    key = services.create_machine_key(
        system("cli:root"), name="x", permissions=[right], expires_at=at + timedelta(days=1), at=at
    )
    program.key = key.text
    assert program.get("/schemes").status == (200 if right == "schemes.view" else 403)
    assert program.post("/codes", {"scheme": "region-industry", "facts": FACTS}).status == (
        403 if right == "schemes.view" else 201
    )
