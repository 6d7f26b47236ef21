"""What was written before personal values were sealed goes under keys, and no copy of it stays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kehuma.engine.encryption.key_text import key_text

# Rows as the version before wrote them; the tables are made by its migrations.
_OLD = """
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
for name in ("audit", "codes", "sealing"):
    call_command("migrate", name, verbosity=0)
call_command("migrate", "access", "0012", verbosity=0)
call_command("migrate", "customers", "0006", verbosity=0)
from datetime import UTC, datetime
from kehuma.apps.codes import services as codes
NOON = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
codes.publish('''
kehuma = 1
name = "plain"
template = "C-{serial:4}"
[segments.serial]
overflow = "stop"
''', actor="test", at=NOON)
identities = [codes.issue("plain", {}, request_key=str(n), actor="test", at=NOON).identity for n in range(3)]
AT = "2026-01-02 03:04:05"
with connection.cursor() as cursor:
    def run(sql, *values):
        cursor.execute(sql, values)
    for pk, kind, name in ((1, "person", "欧阳晓丰"), (2, "enterprise", "北京衡岳数据技术有限公司"), (3, "enterprise", "澄明商行")):
        run('''INSERT INTO customers_customer (id, uuid, code, kind, name, normal_name, short_name, former_names, country,
            region, address, industry, source, notes, custom, created_at, updated_at, last_activity_at, version)
            VALUES (%s, %s, %s, %s, %s, %s, '', %s, 'CN', '110000', %s, 'I', '展会', %s, %s, %s, %s, %s, 1)''',
            pk, f"{pk:032x}", identities[pk - 1], kind, name, name, '["欧阳小凤"]' if kind == "person" else "[]",
            "槐树街一号" if kind == "person" else "望京街二号", "爱喝龙井" if pk < 3 else "",
            '{"hobby": "收集火花"}' if pk == 2 else "{}", AT, AT, AT)
        run("INSERT INTO customers_searchtext (id, tokens) VALUES (%s, %s)", pk, "晓丰 r6666555573 c0001" if pk < 3 else "c0003")
    run('''INSERT INTO customers_contact (id, customer_id, position, name, role, mobile, phone, email, wechat, normal_mobile,
        normal_phone) VALUES (1, 2, 0, '孙莉', '采购', '13755556666', '', 'sl@example.org', '', '+8613755556666', '')''')
    for pk, customer, kind, value in ((1, 1, "resident_id", "11010119900307803X"), (2, 2, "uscc", "91110108551385082Q")):
        run("INSERT INTO customers_identifier (id, customer_id, kind, value, normal) VALUES (%s, %s, %s, %s, %s)",
            pk, customer, kind, value, value)
    run('''INSERT INTO customers_customfield (id, key, zh, en, type, choices, field_class, is_required, is_filterable,
        position) VALUES (1, 'hobby', '爱好', '', 'text', '[]', 'personal', 0, 1, 1)''')
    run("INSERT INTO customers_customvalue (field_id, customer_id, text) VALUES (1, 2, '收集火花')")
    for field, old, new in (("mobile", "13711112222", "13755556666"), ("source", "网站", "展会")):
        run('''INSERT INTO customers_fieldchange (customer_id, field, part, old, new, version, actor, at)
            VALUES (2, %s, '', %s, %s, 2, 'x', %s)''', field, f'"{old}"', f'"{new}"', AT)
old = MigrationLoader(connection).project_state([("access", "0012_customers_erase")]).apps
role = old.get_model("access", "Role").objects.first()
for pk, name, query, is_default in ((1, "wang", "q=欧阳晓丰", True), (2, "li", "region=110000", False)):
    user = old.get_model("access", "User").objects.create(pk=pk, username=name, name=name, role=role)
    old.get_model("access", "ListView").objects.create(user=user, place="customers", name="要找的", query=query,
        is_default=is_default)
"""
_UPGRADE = """
import django
django.setup()
from django.conf import settings
from kehuma.lib.db import upgrading
upgrading.upgrade()
"""
_LOOK = """
import django
django.setup()
from kehuma.apps.customers import queries
from kehuma.apps.customers.models import Customer
from kehuma.lib.viewer import system
viewer = system("test")
for row in queries.rows(viewer, list(Customer.objects.order_by("pk"))):
    print(row.name, row.values["notes"], row.values["mobile"], row.values.get("hobby"), row.values["resident_id"])
print([one.identity for one in queries.search(viewer, "晓丰")], [one.identity for one in queries.search(viewer, "6666")])
print([one.code_id for one in queries.filtered(viewer, {"hobby": "收集火花"})])
print([(one.field, one.old, one.new) for one in queries.history(viewer, "C-0002").items])
from dataclasses import replace
from kehuma.apps.access import queries as access
for user in (1, 2):
    print([(one.name, one.query, one.is_default) for one in access.list_views(replace(viewer, user_id=user), "customers")])
"""
CLEAR = (
    "欧阳",
    "晓丰",
    "小凤",
    "槐树街",
    "龙井",
    "孙莉",
    "13755556666",
    "6666555573",
    "sl@example",
    "火花",
    "13711112222",
    "19900307",
)


def _run(home: Path, program: str, *, key: str = "") -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "KEHUMA_HOME": str(home), "DJANGO_SETTINGS_MODULE": "kehuma.config.settings",
             "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1", **({"KEHUMA_ROOT_KEY": key} if key else {})}  # fmt: skip
    given.pop("KEHUMA_DATABASE_URL", None)
    return subprocess.run([sys.executable, "-c", program], env=given, capture_output=True, text=True, check=False)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A data folder with three customers in clear."""
    done = _run(tmp_path, _OLD)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "孙莉" in _bytes(tmp_path)
    return tmp_path


@pytest.mark.sqlite
def test_old_rows_are_sealed_and_leave_no_copy(old: Path) -> None:
    done = _run(old, _UPGRADE)
    assert done.returncode == 0, done.stderr[-2000:]
    assert [text for text in CLEAR if text in _bytes(old)] == []
    assert _run(old, _LOOK).stdout.splitlines() == [
        "欧阳晓丰 爱喝龙井   110***********803X",
        "北京衡岳数据技术有限公司 爱喝龙井 13755556666 收集火花 ",
        "澄明商行    ",
        "['C-0001'] ['C-0002']",
        "['C-0002']",
        "[('source', '网站', '展会'), ('mobile', '13711112222', '13755556666')]",
        "[('要找的', 'q=欧阳晓丰', True)]",
        "[('要找的', 'region=110000', False)]",
    ]


@pytest.mark.sqlite
def test_without_its_key_the_upgrade_stops_and_goes_on_later(old: Path) -> None:
    refused = _run(old, _UPGRADE, key=key_text(bytes([1]) * 32))
    assert refused.returncode == 1
    assert "StoreSealedError" in refused.stderr
    assert "孙莉" in _bytes(old)
    assert _run(old, _UPGRADE).returncode == 0
    assert [text for text in CLEAR if text in _bytes(old)] == []


def _bytes(home: Path) -> str:
    return "".join(path.read_bytes().decode("utf-8", "replace") for path in home.glob("kehuma.sqlite3*"))
