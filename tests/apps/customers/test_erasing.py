"""A person may see what is kept about it, and have it destroyed for good; its code stays used."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest

from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import files, queries, services
from kehuma.apps.customers.errors import CustomerError, FieldError
from kehuma.apps.customers.models import Contact, Customer, Identifier
from kehuma.apps.sealing.models import SubjectKey
from kehuma.lib.viewer import Refused, Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NewCustomer = Callable[..., str]
PERSON: dict[str, Any] = {
    "kind": "person", "name": "欧阳晓丰", "address": "中关村东路八号", "notes": "爱喝龙井", "mobile": "13755556666",
    "contact_name": "欧阳晓丰", "resident_id": "11010119900307803X", "own_number": "K-17",
}  # fmt: skip


@pytest.fixture
def xiaofeng(new_customer: NewCustomer, admin: Viewer) -> str:
    """欧阳晓丰, a person with a file and a history."""
    code = new_customer(**PERSON)
    services.update(admin, code, {"notes": "改喝普洱"}, version=1, at=NOON)
    services.attach(admin, code, "身份证.txt", BytesIO(b"1"), at=NOON)
    return code


def test_everything_that_is_kept_is_told_and_leaves_an_event(admin: Viewer, xiaofeng: str) -> None:
    kept = services.subject_export(admin, xiaofeng, at=NOON)
    assert kept["values"]["name"] == "欧阳晓丰"
    assert kept["values"]["resident_id"] == "11010119900307803X"
    assert kept["contacts"][0]["mobile"] == "13755556666"
    assert kept["numbers"][0]["value"] == "K-17"
    assert kept["files"] == ["身份证.txt"]
    assert [(one["old"], one["new"]) for one in kept["history"]] == [("爱喝龙井", "改喝普洱")]
    (event,) = audit.events(kind="customers.subject-exported", subject=xiaofeng)
    assert "欧阳" not in str(event.detail)


def test_who_was_erased_is_found_by_nothing_and_the_code_stays_used(
    admin: Viewer, xiaofeng: str, new_customer: NewCustomer, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    kept = files.path_of(queries.record(admin, xiaofeng).attachments[0].uuid)
    assert kept.exists()
    with django_capture_on_commit_callbacks(execute=True):
        services.erase(admin, xiaofeng, reason="request", at=NOON)
    assert not kept.exists()
    record = queries.record(admin, xiaofeng)
    assert (record.row.name, record.row.unopened) == ("已删除个人信息", "erased")
    assert {record.contacts[0].mobile, record.attachments[0].name} == {"已删除个人信息"}
    assert [one.new for one in queries.history(admin, xiaofeng).items] == ["已删除个人信息"]
    for typed in ("欧阳晓丰", "晓丰", "13755556666", "6666", "11010119900307803X"):
        assert queries.search(admin, typed) == []
    assert queries.duplicates(admin, {"mobile": "13755556666", "name": "欧阳晓丰"}) == []
    assert (Identifier.objects.count(), Contact.objects.filter(mobile_token__isnull=False).count()) == (0, 0)
    assert codes.resolve(xiaofeng).found
    assert new_customer(**{**PERSON, "own_number": ""}) != xiaofeng
    (event,) = audit.events(kind="customers.erased", subject=xiaofeng)
    assert event.detail == {"reason": "request"}


def test_nothing_can_be_written_to_who_was_erased(admin: Viewer, xiaofeng: str) -> None:
    services.erase(admin, xiaofeng, reason="withdrawn", at=NOON)
    with pytest.raises(CustomerError, match="erased"):
        services.update(admin, xiaofeng, {"name": "某某"}, version=2, at=NOON)
    with pytest.raises(CustomerError, match="erased"):
        services.erase(admin, xiaofeng, reason="request", at=NOON)
    with pytest.raises(CustomerError, match="erased"):
        services.subject_export(admin, xiaofeng, at=NOON)
    services.update(admin, xiaofeng, {"region": "上海"}, version=2, at=NOON)


def test_an_older_backup_brings_nobody_back(
    admin: Viewer, xiaofeng: str, django_capture_on_commit_callbacks: Any
) -> None:
    customer = Customer.objects.get(code_id=xiaofeng)
    key = SubjectKey.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        services.erase(admin, xiaofeng, reason="request", at=NOON)
    # As a backup of before would have it.
    SubjectKey.objects.filter(pk=key.pk).update(wrapped=key.wrapped, version=key.version_id, erased_at=None)
    Customer.objects.filter(pk=customer.pk).update(name_token=customer.name_token)
    assert queries.record(admin, xiaofeng).row.name == "欧阳晓丰"
    assert services.replay_erasures(actor="test", at=NOON) == 1
    assert queries.record(admin, xiaofeng).row.name == "已删除个人信息"
    assert queries.search(admin, "欧阳晓丰") == []


def test_only_who_may_answers_such_requests(
    admin: Viewer, li: Viewer, xiaofeng: str, new_customer: NewCustomer
) -> None:
    for act in (lambda: services.erase(li, xiaofeng, reason="request", at=NOON),
                lambda: services.subject_export(li, xiaofeng, at=NOON)):  # fmt: skip
        with pytest.raises(Refused):
            act()
    with pytest.raises(FieldError):
        services.erase(admin, xiaofeng, reason="欧阳晓丰不喜欢我们", at=NOON)
    with pytest.raises(CustomerError, match="sealed"):
        services.erase(admin, new_customer(contact_name="", mobile=""), reason="request", at=NOON)
