"""A company to walk through, made by the product's own services: ``company.py zh|en``, in the folder ``KEHUMA_HOME``.

In English all that people have written is English too, so that a Chinese word on an English page is the product's
own. Prints as JSON what the tests have to know of it.
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import django
from django.core.management import call_command

Language = Literal["zh", "en"]
PASSWORD = "北风卷地白草折 hu tian"
FIRST_DAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SCHEME = "region-industry"
SHIPPED = Path(__file__).resolve().parents[2] / "schemes"

# role: (name, user name, team), in both languages
PEOPLE = {
    "zh": {
        "manager": ("李经理", "lijl", "华东组"),
        "member": ("小王", "xiaowang", "华东组"),
        "auditor": ("沈审计", "shenji", ""),
        "stranger": ("外人", "wairen", "华南组"),
    },
    "en": {
        "manager": ("Grace Li", "lijl", "Team East"),
        "member": ("Wang Wei", "xiaowang", "Team East"),
        "auditor": ("Shen Ping", "shenji", ""),
        "stranger": ("Alex Out", "wairen", "Team South"),
    },
}
NAMES = {
    "zh": ("恒通", "华远", "金泰", "瑞丰", "德鑫", "海川", "明达", "北方", "东来", "新域", "万里", "长风"),
    "en": ("Hengtong", "Huayuan", "Jintai", "Ruifeng", "Dexin", "Haichuan", "Mingda", "Northern", "Donglai", "Newland"),
}
KINDS = {
    "zh": ("信息技术有限公司", "商贸有限公司", "餐饮管理有限公司"),
    "en": (" Software Ltd", " Trading Ltd", " Catering Ltd"),
}
PLACES = ("110105", "310115", "440305", "330106", "510107")
TRADES = ("I65", "F51", "H62")
NUMBER = 45
LISTED = {"zh": "名单", "en": "Directory "}
# A row that is sound, one with faults in it, and a customer who is there already.
LISTS = {
    "zh": "名称,区域,行业,手机\n云岭食品厂,云南,制造业,13900001111\n云岭二厂,火星,制造业,12\n恒通1信息技术有限公司,北京,信息技术,\n",
    "en": "Name,Region,Industry,Mobile\nYunling Foods,Yunnan,Manufacturing,13900001111\nYunling Two,Mars,Manufacturing,12\n"
    "Hengtong1 Software Ltd,Beijing,Information technology,\n",
}


def found(language: Language) -> dict[str, Any]:
    """The organisation, a person for each role, and a rule."""
    from kehuma.apps.access import queries, services  # noqa: PLC0415 - once Django stands
    from kehuma.apps.codes.services import publish  # noqa: PLC0415

    organisation, boss = ("衡岳商贸有限公司", "林静怡") if language == "zh" else ("Hengyue Trading", "Lin Jingyi")
    admin = services.found(
        organisation, name=boss, username="linjy", password=PASSWORD, email="", language=language, at=FIRST_DAY
    )
    viewer = queries.viewer_of(admin)
    users = {"admin": ("linjy", boss)}
    for key, (name, username, team) in PEOPLE[language].items():
        role = "member" if key == "stranger" else key
        person = services.add_person(
            viewer, name=name, username=username, password=PASSWORD, role=role, team=team, at=FIRST_DAY
        )
        services.set_language(person.pk, language)
        users[key] = (username, name)
    publish((SHIPPED / f"{SCHEME}.toml").read_text("utf-8"), actor=viewer.actor, at=FIRST_DAY)
    return {"password": PASSWORD, "users": users, "scheme": SCHEME, "viewer": viewer}


def fill(language: Language, viewer: Any) -> list[str]:
    """Customers with contacts and tags, and the codes that they got."""
    from kehuma.apps.access import queries  # noqa: PLC0415
    from kehuma.apps.customers import services  # noqa: PLC0415

    owners = [one.id for one in queries.colleagues()]
    codes = []
    for number in range(NUMBER):
        at = FIRST_DAY + timedelta(days=5 * number)
        stem, kind = NAMES[language][number % len(NAMES[language])], KINDS[language][number % 3]
        values = {
            "kind": "enterprise",
            "name": f"{stem}{number + 1}{kind}",
            "region": PLACES[number % len(PLACES)],
            "industry": TRADES[number % 3],
            "contact_name": "陈建国" if language == "zh" else "Chen Jianguo",
            "mobile": f"138{1234 + number:04}{5600 + number:04}",
            "email": f"sales{number}@example.com",
            "tags": [("重点客户" if language == "zh" else "Key account")] if number % 4 == 0 else [],
        }
        made = services.create(
            viewer,
            values,
            scheme=SCHEME,
            request_key=f"company-{number}",
            owner=None if number % 6 == 5 else owners[number % len(owners)],
            at=at,
        )
        codes.append(made.code)
    return codes


def begin(language: Language, viewer: Any) -> list[str]:
    """Work that lies about: a draft of the next version, a field of their own, lists at each stage of their way in.

    A recipient outside with a file, and with another one about which somebody has to decide. And a large file that is
    being written; the addresses of the admin's pages that no link leads to.
    """
    from kehuma.apps.codes import drafts  # noqa: PLC0415
    from kehuma.apps.connectors import services as connectors  # noqa: PLC0415
    from kehuma.apps.connectors.sharing import recipients, releases  # noqa: PLC0415
    from kehuma.apps.customers import exporting, services  # noqa: PLC0415
    from kehuma.apps.intake import services as intake  # noqa: PLC0415

    at = FIRST_DAY + timedelta(days=300)
    source = (SHIPPED / f"{SCHEME}.toml").read_text("utf-8").replace("{serial:4}", "{serial:5}")
    drafts.begin(viewer, source, based_on=1, at=at)
    services.define_field(viewer, key="floor", zh="楼层", en="Floor", type="number", at=at)
    for stage in range(3):
        file = intake.receive(viewer, BytesIO(LISTS[language].encode()), f"{LISTED[language]}{stage}.csv", at=at)
        if stage:
            columns = dict(zip(file.header, ("name", "region", "industry", "mobile"), strict=True))
            intake.map_columns(
                viewer, file.uuid, columns, source=LISTED[language], scheme=SCHEME, at=at, is_waiting=True
            )
        if stage > 1:
            intake.commit(viewer, file.uuid, "create", at=at, is_waiting=True)
    # A public address that no name has to be looked up for. Paused, so that the worker sends nothing there.
    hook = "https://93.184.216.34/kehuma"
    made = connectors.add(viewer, name="ERP", url=hook, kinds=["code.issued", "customer.updated"], at=at)
    connectors.pause(viewer, made.uuid, at=at)
    name, purpose = ("明达数据公司", "客户流失分析") if language == "zh" else ("Mingda Data", "Lost customers")
    outside = recipients.add(viewer, name=name, purpose=purpose, at=at)
    for wanted, rare in ((["kind"], "leave-out"), (["industry", "created_at:quarter"], "ask")):
        shared = releases.begin(viewer, outside, wanted, kind="csv", rare=rare, at=at)
        releases.perform(shared.uuid, at=at)
    file_of_all = exporting.begin_export(viewer, "", kind="csv", expected=20_000, at=at)
    return [f"/exports/{file_of_all.uuid}/", *_signed_off(viewer, at), *_alarmed(viewer, at)]


def _alarmed(viewer: Any, at: datetime) -> list[str]:
    """小王 goes through neighbours and meets a canary code, 外人 guesses; one alarm was looked into."""
    from kehuma.apps.access import queries  # noqa: PLC0415
    from kehuma.apps.alarms import counting, services  # noqa: PLC0415
    from kehuma.apps.alarms import queries as alarms  # noqa: PLC0415
    from kehuma.apps.codes import services as register  # noqa: PLC0415

    orders = [(f"walk-{number}", ("GD", "IT")) for number in range(24)]
    attributes = ("region", "industry")
    made = register.issue_many(SCHEME, attributes, orders, source="walk", actor=viewer.actor, at=at)
    services.make_canaries(viewer, SCHEME, 3, at=at)
    decoy = alarms.canaries(viewer)[0].identity
    people = {one.username: queries.viewer(one.id) for one in queries.colleagues()}
    counting.missed(people["wairen"], [f"BJ-IT-9{number}" for number in range(9)], at)
    counting.flush()
    services.watch(at)
    told = alarms.newest_open(viewer)[0]
    services.acknowledge(viewer, told.uuid, "打错了前缀" if queries.viewer(1).language == "zh" else "Mistyped", at=at)
    counting.found(people["xiaowang"], [*(one.code for one in made if one.code), decoy], at + timedelta(hours=5))
    counting.flush()
    services.watch(at + timedelta(hours=5))
    return [f"/alarms/{one.uuid}/" for one in alarms.newest_open(viewer)]


def keep_rights(language: Language, viewer: Any, codes: list[str]) -> None:
    """What persons may ask for: purposes agreed to and withdrawn, a record left alone, one that is held, a rule."""
    from kehuma.apps.customers import services  # noqa: PLC0415
    from kehuma.apps.customers.data import RetentionFacts  # noqa: PLC0415

    at = FIRST_DAY + timedelta(days=300)
    for code in codes:
        note = "合同第 8 条" if language == "zh" else "Contract, clause 8"
        services.give_consent(viewer, code, "sms", given_on=FIRST_DAY.date(), note=note, at=at)
        once = services.give_consent(viewer, code, "calls", given_on=FIRST_DAY.date(), way="phone", at=at)
        services.withdraw_consent(viewer, code, once, at=at)
    services.restrict(viewer, codes[1], reason="contested", at=at)
    services.hold(viewer, codes[2], reason="dispute", at=at)
    name = "六个月没有往来" if language == "zh" else "Silent for six months"
    rule = services.set_rule(viewer, RetentionFacts(name, "", 6, "bin"), at=at)
    services.switch_rule(viewer, rule, is_on=False, at=at)


def _signed_off(viewer: Any, at: datetime) -> list[str]:
    """The log verified, and its first month signed off."""
    from kehuma.apps.audit import signing, verifying, working  # noqa: PLC0415

    work = working.begin(viewer, "verify", at=at)
    working.perform(work.uuid, lambda _work, report: verifying.verify(report).as_json(), now=lambda: at)
    signing.sign_off(viewer, FIRST_DAY.date(), FIRST_DAY.date() + timedelta(days=30), at=at)
    return [f"/audit/tasks/{work.uuid}/"]


def main() -> None:
    """Make it and tell of it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "kehuma.config.settings"
    django.setup()
    language: Language = "en" if sys.argv[1] == "en" else "zh"
    call_command("migrate", verbosity=0)
    told: dict[str, Any] = {"language": language}
    if sys.argv[2:] != ["empty"]:
        told |= found(language)
        viewer = told.pop("viewer")
        told["codes"] = fill(language, viewer)
        told["pages"] = begin(language, viewer)
        keep_rights(language, viewer, told["codes"][-8:])
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
