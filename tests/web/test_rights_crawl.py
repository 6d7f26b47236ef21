"""Values planted in every field of a customer: no role meets one above its right, on any page, in any file or answer.

Each value is of the class of its field. The pages and the operations of the API are those that there are, filled with
the names of what was planted, so that a page, a field or an operation that is added is walked here too.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kehuma.api.application import api
from kehuma.apps.access import queries as access
from kehuma.apps.access import roles as access_roles
from kehuma.apps.access import services as people
from kehuma.apps.access.data import RoleFacts
from kehuma.apps.access.models import Role
from kehuma.apps.codes import services as codes
from kehuma.apps.customers import fields as record
from kehuma.apps.customers import queries, services
from kehuma.apps.intake import services as intake
from kehuma.apps.interactions import services as interactions
from kehuma.lib.viewer import Viewer
from kehuma.web import pages

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
RULE = Path(__file__).resolve().parents[2] / "schemes" / "region-industry.toml"
ROLES = ("admin", "manager", "member", "auditor", "stranger", "plain")
CLASSES = ("public", "internal", "personal", "sensitive")
# Values that must have a certain form; {} is a digit that tells the customers apart.
FORMED: Mapping[str, str | tuple[str, str]] = {
    "mobile": "1390000713{}",
    "phone": "010-8800713{}",
    "email": "mkmail{}@example.org",
    "resident_id": ("11010519491231002X", "440524188001010014"),
    "passport": "E1234567{}",
    "uscc": "",
    "tax_number": "",
    "own_number": "",
}
KEPT = frozenset({"kind", "country", "region", "industry", "code", "tags", "consents"})
# Signing out in the middle ends the walk.
LEFT_OUT = frozenset({"sign-out", "demo-enter"})


@dataclass
class World:
    """What was planted: by customer its values by field; and the names of all that pages are about."""

    codes: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    planted: list[dict[str, str]] = field(default_factory=list)
    texts: list[list[str]] = field(default_factory=list)
    uuids: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)

    def hidden_from(self, viewer: Viewer) -> set[str]:
        """The values that this viewer may not meet."""
        table, found = record.table(), {"Mkimport"}
        for code, kind, planted, texts in zip(self.codes, self.kinds, self.planted, self.texts, strict=True):
            is_reached = queries.visible(viewer).filter(code_id=code).exists()
            for key, value in planted.items():
                shown_class = table[key].class_of(kind)
                if not is_reached or not viewer.may_see(shown_class) or shown_class == "sensitive":
                    found.add(value)
            found |= set() if is_reached else set(texts)
        return found if viewer.scope != "all" or not viewer.may_see("sensitive") else found - {"Mkimport"}


@pytest.fixture
def users(admin: people.User, person: Callable[..., people.User]) -> Mapping[str, people.User]:
    """A person for each role; the plain one reaches everything and sees only what is public."""
    viewer = access.viewer_of(admin)
    codes.publish(RULE.read_text("utf-8"), actor=viewer.actor, at=NOON)
    rights = ["customers.view", "customers.edit", "customers.export", "codes.view", "codes.resolve"]
    plain = RoleFacts("只看公开", "Plain", frozenset(rights), "all", frozenset({"public"}))
    Role.objects.filter(uuid=access_roles.create_role(viewer, plain, at=NOON)).update(key="plain")
    teams = {"manager": "华东组", "member": "华东组", "stranger": "华南组"}
    found = {
        role: person(role, f"{role}1", "member" if role == "stranger" else role, teams.get(role, ""))
        for role in ROLES[1:]
    }
    return {"admin": admin, **found}


@pytest.fixture
def world(users: Mapping[str, people.User], settings: Any) -> World:
    """A company and a person, both of the member, with a value in each field; and all that hangs on them."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    admin, member, made = access.viewer_of(users["admin"]), access.viewer_of(users["member"]), World()
    for field_class in CLASSES:
        services.define_field(
            admin,
            key=f"own_{field_class}",
            zh=f"自定{field_class}",
            en="",
            type="text",
            field_class=field_class,
            at=NOON,
        )
    for number, kind in enumerate(("enterprise", "person")):
        _plant(made, member, kind, number)
    _import(made, admin)
    made.uuids.append(str(users["member"].uuid))
    return made


def _plant(world: World, owner: Viewer, kind: str, number: int) -> None:
    values = {key: _value(one, number) for key, one in record.table().items() if one.editable and key not in KEPT}
    planted = {key: value for key, value in values.items() if value}
    place = {"kind": kind, "region": "北京市", "industry": "信息技术"}
    code = services.create(
        owner, {**planted, **place}, scheme="region-industry", request_key=f"crawl-{number}", owner="me", at=NOON
    ).identity
    texts = [f"Mk{name}{number}" for name in ("note", "task", "content")]
    interactions.note(owner, code, texts[0], at=NOON)
    interactions.plan(owner, code, date(2026, 11, 23), texts[1], at=NOON)
    services.give_consent(owner, code, "sms", given_on=NOON.date(), note=f"Mkevidence{number}", at=NOON)
    planted["consents"] = f"Mkevidence{number}"
    kept = services.attach(owner, code, f"Mkfile{number}.txt", BytesIO(texts[2].encode()), at=NOON)
    opened = queries.record(owner, code)
    services.update(owner, code, {"notes": f"Mkchanged{number}"}, version=opened.row.version, at=NOON)
    planted["notes"] = f"Mkchanged{number}"
    world.codes.append(code)
    world.kinds.append(kind)
    world.planted.append(planted)
    world.texts.append([*texts, f"Mkfile{number}"])
    world.uuids.append(str(kept.uuid))
    world.numbers += [str(one.id) for one in opened.contacts]


def _value(one: record.Field, number: int) -> str:
    formed = FORMED.get(one.key, f"Mk{one.key.replace('_', '')}{number}")
    if isinstance(formed, tuple):
        return formed[number]
    return formed.format(number) if one.type not in {"number", "money", "date", "moment"} else ""


def _import(world: World, admin: Viewer) -> None:
    file = BytesIO("名称,区域,行业,手机\nMkimport,火星,制造业,12\n".encode())
    one = intake.receive(admin, file, "Mkimport.csv", at=NOON)
    columns = dict(zip(one.header, ("name", "region", "industry", "mobile"), strict=True))
    intake.map_columns(admin, one.uuid, columns, source="一处", scheme="region-industry", at=NOON, is_waiting=True)
    world.uuids.append(str(one.uuid))


def _addresses(world: World) -> Iterator[str]:
    """Every page that can be asked for, about everything that was planted."""
    names = {
        "str": world.codes, "path": world.codes, "slug": ["region-industry", "own_public", "nothing"],
        "uuid": world.uuids, "int": [*world.numbers, "1"],
    }  # fmt: skip
    for page in pages.pages():
        if "GET" in page.methods and page.name not in LEFT_OUT:
            for chosen in product(*(names[kind or "str"] for kind in re.findall(r"<(?:(\w+):)?\w+>", page.route))):
                given = iter(chosen)
                yield "/" + re.sub(r"<[^>]+>", lambda _: next(given), page.route)  # noqa: B023 - used up at once
    columns = "&".join(f"column={key}" for key in record.table())
    yield f"/customers/?{columns}"
    yield f"/customers/export/?format=csv&{columns}"
    for key in record.table():
        yield f"/customers/?sort={key}"
    for code in world.codes:
        yield f"/find/?q={code}"
        yield f"/resolve/?text={code}"


def _operations(world: World) -> Iterator[str]:
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            if any("GET" in operation.methods for operation in view.operations):
                for code in world.codes:
                    yield "/api/v1" + re.sub(r"\{(?:\w+:)?\w+\}", code, path)
    fields = ",".join(record.table())
    yield from (f"/api/v1/customers?fields={fields}", "/api/v1/customers?limit=100")
    yield from (f"/api/v1/resolve?text={code}" for code in world.codes)


def _body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode("utf-8", "replace"))


@pytest.mark.parametrize("role", ROLES)
def test_no_page_shows_a_value_above_the_right_of_a_role(
    role: str, world: World, users: Mapping[str, people.User], client_of: Callable[[people.User], Client]
) -> None:
    hidden, client = world.hidden_from(access.viewer_of(users[role])), client_of(users[role])
    client.raise_request_exception = False
    met = []
    for address in _addresses(world):
        body = _body(client.get(address, headers={"HX-Request": "true"} if "hints" in address else {}))
        met += [(address, value) for value in hidden if value in body.replace(address, "")]
    assert met == []


@pytest.mark.parametrize("role", ROLES)
def test_no_operation_answers_with_a_value_above_the_right_of_a_role(
    role: str, world: World, users: Mapping[str, people.User]
) -> None:
    viewer = access.viewer_of(users[role])
    hidden, at = world.hidden_from(viewer), datetime.now(UTC)  # noqa: TID251 - keys end by the clock on the wall
    key = people.create_key(
        viewer, name="crawl", permissions=viewer.permissions, expires_at=at + timedelta(days=1), at=at
    )
    client, met = Client(raise_request_exception=False), []
    for address in _operations(world):
        body = _body(client.get(address, headers={"Authorization": f"Bearer {key.text}"}))
        # A refusal repeats the address that was asked for.
        met += [(address, value) for value in hidden if value in body and value not in address]
    assert met == []


@pytest.mark.parametrize("role", ["member", "stranger", "plain"])
def test_no_search_or_filter_tells_who_has_a_value_above_the_right_of_a_role(
    role: str, world: World, users: Mapping[str, people.User], client_of: Callable[[people.User], Client]
) -> None:
    viewer, client = access.viewer_of(users[role]), client_of(users[role])
    told = []
    for planted, code, kind in zip(world.planted, world.codes, world.kinds, strict=True):
        for key, value in planted.items():
            # A whole mobile number finds who has it: whoever knows it may ask.
            if key == "mobile" or (viewer.may_see(record.table()[key].class_of(kind)) and role != "stranger"):
                continue
            for address in (f"/find/?q={value}", f"/customers/?q={value}", f"/customers/?{key}={value}"):
                body = _body(client.get(address))
                if f"/customers/{code}/" in body and f"/customers/{code}/" not in _body(client.get("/customers/")):
                    told.append((address, code))
    assert told == []


def test_what_is_planted_is_there_to_be_met(
    world: World, users: Mapping[str, people.User], client_of: Callable[[people.User], Client]
) -> None:
    """Else nothing above would prove anything."""
    client = client_of(users["admin"])
    body = "".join(_body(client.get(f"/customers/{code}/")) for code in world.codes)
    body += "".join(
        _body(client.get(f"/customers/{code}/{tab}/")) for code in world.codes for tab in ("timeline", "profile")
    )
    hidden = world.hidden_from(access.viewer_of(users["admin"]))
    missing = {
        value for planted in world.planted for value in planted.values() if value not in body and value not in hidden
    }
    assert missing == {"Mkformernames1", "Mkshortname1"}, missing  # no page shows these of a person
    assert world.hidden_from(access.viewer_of(users["stranger"])) > hidden
