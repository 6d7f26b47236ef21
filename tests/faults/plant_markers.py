"""Plants markers in every personal field of a store of its own, in all ways that values come in; a program of its own.

``python plant_markers.py COUNT`` prints how many it has planted. It ends without closing the store, as if killed, so
that the write-ahead log is there to be looked through.
"""

import io
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from kehuma.lib.db import upgrading

AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
RULE = Path(__file__).resolve().parents[2] / "schemes" / "region-industry.toml"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Markers:
    """Values that stand nowhere else, of each kind that a field takes."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = count(1)
        self.planted = 0

    def word(self) -> str:
        """One for names and texts, of letters only: the index of search divides letters from figures."""
        number, letters = self._next(), ""
        for _ in range(6):
            number, sign = divmod(number, 16)
            letters += "abcdefghijklmnop"[sign]
        return f"zqx{letters}"

    def mobile(self) -> str:
        """A mobile number."""
        return f"1998{self._next():07}"

    def phone(self) -> str:
        """A fixed number."""
        return f"0199-8{self._next():06}0"

    def resident(self) -> str:
        """A resident number with the right check character."""
        body = f"1101011911{self._next() % 12 + 1:02}{self._next() % 28 + 1:02}{self._next() % 1000:03}"
        rest = sum(weight * int(sign) for weight, sign in zip(_WEIGHTS, body, strict=True)) % 11
        return body + "10X98765432"[rest]

    def _next(self) -> int:
        self.planted += 1
        return next(self._numbers)


def main() -> None:
    """Plant them, make a backup, look for some of them."""
    upgrading.upgrade()
    from kehuma.apps.access import queries as access  # noqa: PLC0415 - after set-up
    from kehuma.apps.access import services as people  # noqa: PLC0415
    from kehuma.apps.codes import services as codes  # noqa: PLC0415
    from kehuma.lib.backups import making  # noqa: PLC0415

    user = people.found("衡岳商贸", name="林静怡", username="linjy", password="北风卷地白草折 hu tian", email="", at=AT)
    codes.publish(RULE.read_text("utf-8"), actor=str(user.uuid), at=AT)
    viewer = access.viewer(user.pk)
    markers = Markers()
    _fields(viewer)
    for turn in count():
        _one_life(viewer, markers, f"turn-{turn}")
        if markers.planted >= int(sys.argv[1]):
            break
    making.make(settings.KEHUMA_HOME, at=AT, report=lambda *_: None)
    sys.stdout.write(f"{markers.planted}\n")
    sys.stdout.flush()
    os._exit(0)


def _fields(viewer: Any) -> None:
    from kehuma.apps.customers import services  # noqa: PLC0415

    for field_class in ("personal", "sensitive"):
        services.define_field(
            viewer, key=f"own_{field_class}", zh=field_class, type="text", field_class=field_class, at=AT
        )


def _person(markers: Markers) -> dict[str, Any]:
    return {
        "kind": "person", "name": f"欧阳{markers.word()}", "short_name": markers.word(), "former_names": [markers.word()],
        "address": f"{markers.word()}路", "notes": f"{markers.word()}\n{markers.word()}", "contact_name": markers.word(),
        "contact_role": markers.word(), "mobile": markers.mobile(), "phone": markers.phone(),
        "email": f"{markers.word()}@example.org", "wechat": markers.word(), "resident_id": markers.resident(),
        "passport": markers.word().upper(), "own_personal": markers.word(), "own_sensitive": markers.word(),
        "region": "北京", "industry": "信息技术",
    }  # fmt: skip


def _one_life(viewer: Any, markers: Markers, key: str) -> None:
    """Created, imported, changed, found, shown, binned, brought back, undone."""
    from kehuma.apps.access import services as people  # noqa: PLC0415
    from kehuma.apps.customers import queries, services  # noqa: PLC0415
    from kehuma.apps.interactions import services as interactions  # noqa: PLC0415

    made = services.create(viewer, _person(markers), scheme="region-industry", request_key=key, at=AT)
    later = AT + timedelta(hours=1)
    services.update(viewer, made.identity, _person(markers), version=1, at=later)
    firm = {"name": "北京衡岳数据技术有限公司", "region": "北京", "industry": "信息技术", "contact_name": markers.word(),
            "mobile": markers.mobile(), "notes": markers.word()}  # fmt: skip
    batch = services.begin_batch(viewer, "import", "名单", at=later).uuid
    importing = services.Import(viewer, scheme="region-industry", source="名单", batch=batch, at=later)
    done = importing.create([(f"{key}-1", _person(markers)), (f"{key}-2", firm)])
    importing.update([(done[1].identity, {"mobile": markers.mobile()})])
    contact = services.add_contact(viewer, done[1].identity, {"contact_name": markers.word()}, at=later)
    services.change_contact(viewer, contact, {"email": f"{markers.word()}@example.org"}, at=later)
    services.remove_contact(viewer, contact, at=later)
    services.add_identifier(viewer, made.identity, "passport", markers.word().upper(), at=later)
    edited = services.bulk_edit(viewer, [made.identity], {"notes": markers.word()}, at=later)
    interactions.note(viewer, made.identity, f"打过电话 {markers.word()}", at=later)
    row = queries.record(viewer, made.identity).row
    queries.search(viewer, str(row.values["mobile"]))
    queries.search(viewer, str(row.values["contact_name"]))
    services.reveal(viewer, made.identity, "mobile", reason=f"问 {markers.word()}", at=later)
    services.delete(viewer, [made.identity], at=later)
    services.restore(viewer, [made.identity], at=later)
    services.undo(viewer, edited.uuid, at=later)
    services.undo(viewer, batch, at=later)
    _belongings(viewer, markers, made.identity, later)
    people.keep_view(viewer, "customers", "名单", f"q={markers.word()}")
    _lists(viewer, markers, key, later)


def _belongings(viewer: Any, markers: Markers, code: str, at: datetime) -> None:
    """A file, what is to be done, a call; the list with them as a file."""
    from kehuma.apps.customers import exporting, queries, services  # noqa: PLC0415
    from kehuma.apps.interactions import services as interactions  # noqa: PLC0415

    content = io.BytesIO(f"{markers.word()} {markers.mobile()}".encode() * 9_000)
    kept = services.attach(viewer, code, f"{markers.word()}.txt", content, at=at)
    queries.attachment(viewer, kept.uuid)[1].close()
    interactions.log(viewer, code, "call", markers.word(), next_at=at.date(), next_what=f"送 {markers.word()}", at=at)
    told = interactions.note(viewer, code, markers.word(), at=at)
    interactions.change(viewer, told.uuid, markers.word(), at=at)
    out = exporting.begin_export(viewer, f"q={markers.word()}", kind="csv", expected=1, at=at)
    said = markers.word().encode()

    def write(_: Any, target: Any, step: Any) -> Any:
        target.write(said * 9_000)
        step(1)
        return viewer

    exporting.write_export(out.uuid, write, at=at)


def _lists(viewer: Any, markers: Markers, key: str, at: datetime) -> None:
    """A list of text and a workbook: uploaded, run dry, mended, committed, downloaded, undone; one is cleared."""
    from kehuma.apps.intake import queries, services  # noqa: PLC0415
    from kehuma.lib.tabular import write_stream  # noqa: PLC0415

    fields = ("name", "kind", "region", "mobile", "resident_id", "notes")
    for kind in ("csv", "xlsx"):
        content = io.BytesIO()
        with write_stream(content, f"list.{kind}", ("名称", "类型", "省份", "手机", "身份证", "备注")) as writer:
            sound = [markers.word(), "个人", "北京", markers.mobile(), markers.resident(), markers.word()]
            wrong = [markers.word(), "个人", markers.word(), markers.word(), markers.word(), markers.word()]
            writer.write([sound, sound, wrong, wrong])
        content.seek(0)
        one = services.receive(viewer, content, f"{markers.word()}.{kind}", at=at)
        columns = dict(zip(one.header, fields, strict=True))
        services.map_columns(
            viewer, one.uuid, columns, source=f"{key}-{kind}", scheme="region-industry", at=at, is_waiting=True
        )
        services.mend(viewer, one.uuid, 4, "notes", markers.word(), at=at)
        services.leave_empty(viewer, one.uuid, "resident_id", at=at)
        services.decide(viewer, one.uuid, "skip")
        services.commit(viewer, one.uuid, "both", at=at, is_waiting=True)
        list(queries.rejected(viewer, one.uuid, "zh"))
        services.undo(viewer, one.uuid, at=at)
        if kind == "xlsx":
            services.clear(viewer, one.uuid, at=at)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kehuma.config.settings")
    django.setup()
    main()
