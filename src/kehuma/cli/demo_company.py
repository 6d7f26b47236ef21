"""The company of the demonstration: its people, its coding rules, its own fields. Its customers come afterwards."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from kehuma.apps.access import queries as access
from kehuma.apps.access import services as people
from kehuma.apps.codes import services as codes
from kehuma.apps.customers import services as customers
from kehuma.apps.customers.fields import Choice
from kehuma.lib import shipped
from kehuma.lib.demo import stage
from kehuma.lib.demo.stage import Stage
from kehuma.lib.viewer import Viewer

ORGANISATION = "云岭商贸（演示）"
RULE, DEALERS = "region-industry", "dealer"
# The company has been at work for half a year when it is shown.
WEEKS = 26
_PASSWORD_BYTES = 8


class Person(NamedTuple):
    """Somebody of the company."""

    name: str
    username: str
    role: str
    team: str


FIRST = Person("林静怡", "demo", "admin", "")
SELLERS = (
    Person("王磊", "wanglei", "member", "华东组"),
    Person("陈晓燕", "chenxy", "member", "华东组"),
    Person("赵一鸣", "zhaoym", "member", "华东组"),
    Person("刘洋", "liuyang", "member", "华南组"),
    Person("孙丽", "sunli", "member", "华南组"),
)
OTHERS = (
    Person("李国栋", "ligd", "manager", "华东组"),
    Person("周敏", "zhoumin", "manager", "华南组"),
    Person("何审", "heshen", "auditor", ""),
)
LEVELS = (("a", "A 级", "Level A"), ("b", "B 级", "Level B"), ("c", "C 级", "Level C"))


def begun_at(now: datetime) -> datetime:
    """When the company began."""
    return now - timedelta(weeks=WEEKS)


def found(home: Path, *, url: str, total: int, at: datetime) -> Stage:
    """Make the company in an empty store and set the mark of the demonstration."""
    password = secrets.token_hex(_PASSWORD_BYTES)
    made = Stage(FIRST.username, password, url, total=total)
    stage.write(home, made)
    begun = begun_at(at)
    user = people.found(ORGANISATION, name=FIRST.name, username=FIRST.username, password=password, at=begun)
    viewer = access.viewer_of(user)
    for person in (*SELLERS, *OTHERS):
        people.add_person(
            viewer,
            name=person.name,
            username=person.username,
            password=password,
            role=person.role,
            team=person.team,
            at=begun,
        )
    for source in _rules():
        codes.publish(source, actor=viewer.actor, at=begun)
    _define_fields(viewer, begun)
    return made


def sellers() -> dict[str, Viewer]:
    """The salespeople by their sign-in names."""
    ids = {colleague.username: colleague.id for colleague in access.colleagues()}
    return {person.username: access.viewer(ids[person.username]) for person in SELLERS}


def first() -> Viewer:
    """Who founded the company."""
    ids = {colleague.username: colleague.id for colleague in access.colleagues()}
    return access.viewer(ids[FIRST.username])


def _rules() -> Sequence[str]:
    folder = shipped.folder()
    usual = (folder / f"{RULE}.toml").read_text("utf-8") if folder else ""
    own = resources.files("kehuma.lib.demo").joinpath("dealer.toml").read_text("utf-8")
    return [source for source in (usual, own) if source]


def _define_fields(viewer: Viewer, at: datetime) -> None:
    levels = [Choice(key, zh, en) for key, zh, en in LEVELS]
    customers.define_field(viewer, key="level", zh="客户等级", en="Level", type="choice", choices=levels, at=at)
    customers.define_field(viewer, key="credit", zh="授信额度", en="Credit limit", type="money", at=at)
