"""Real customers behind previews, lists and labels, as far as the viewer reaches them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from kehuma.apps.access.services import User
from kehuma.apps.codes import drafts
from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.drafts import Draft
from kehuma.apps.customers.models import Customer
from kehuma.lib.viewer import Viewer

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture
def customers(small: str, issue: Callable[..., IssuedCode], admin: User) -> list[str]:
    """Three firms of 林静怡, the last of them in a place that the rule does not know."""
    made = []
    for place, (name, region) in enumerate((("蜀麦食品", "510104"), ("衡岳数据", "110108"), ("无名", ""))):
        code = issue(small, f"c{place}", region=region or "香港")
        Customer.objects.create(
            code_id=code.identity, kind="enterprise", name=name, normal_name=name, region=region, owner=admin,
            created_at=code.issued_at, updated_at=code.issued_at, last_activity_at=code.issued_at,
        )  # fmt: skip
        made.append(code.code)
    return made


@pytest.mark.usefixtures("customers")
def test_a_preview_codes_the_customers_there_are(keeper: Client, draft: Draft) -> None:
    page = keeper.get(f"/schemes/drafts/{draft.uuid}/").content.decode()
    assert "取自真实客户" in page
    for wanted in ("蜀麦食品", 'value="SC-2"', "衡岳数据", 'value="BJ-2"'):
        assert wanted in page
    assert "无名" in page
    assert "region" in page


@pytest.mark.usefixtures("customers")
def test_what_no_customer_has_is_previewed_with_made_up_ones(keeper: Client, viewer: Viewer, draft: Draft) -> None:
    source = draft.source.replace("[segments.region]", '[segments.region]\nattribute = "warehouse"')
    drafts.change(viewer, draft.uuid, source, revision=1, at=draft.changed_at)
    assert "客户是虚构的" in keeper.get(f"/schemes/drafts/{draft.uuid}/").content.decode()


def test_the_register_names_the_customers(keeper: Client, customers: list[str]) -> None:
    assert "蜀麦食品" in keeper.get("/codes/export/").getvalue().decode()
    page = keeper.get(f"/codes/{customers[0]}/").content.decode()
    assert "蜀麦食品" in page
    assert "成都" in page


def test_labels_and_look_ups_name_them_too(keeper: Client, customers: list[str]) -> None:
    assert "蜀麦食品" in keeper.post("/labels/", {"codes": customers[0]}).content.decode()
    assert "蜀麦食品" in keeper.get(f"/resolve/?q={customers[0]}").content.decode()


def test_who_does_not_reach_a_customer_sees_the_code_alone(
    stranger: User, client_of: Callable[[User], Client], customers: list[str]
) -> None:
    client = client_of(stranger)
    for page in (f"/codes/{customers[0]}/", f"/labels/?code={customers[0]}", f"/resolve/?q={customers[0]}", "/codes/"):
        said = client.get(page).content.decode()
        assert "蜀麦食品" not in said
        assert "四川" in said


@pytest.mark.usefixtures("customers")
def test_examples_of_real_customers_hold_no_names(keeper: Client, viewer: Viewer) -> None:
    source = 'kehuma = 1\nname = "short"\ntemplate = "{initials:4}-{serial:3}"'
    draft = drafts.begin(viewer, source, at=NOON)
    keeper.post(f"/schemes/drafts/{draft.uuid}/change/", {"act": "example-line", "code": "SMSP-001", "revision": 1})
    after = drafts.draft(viewer, draft.uuid).source
    assert 'code = "SMSP-001"' in after
    assert "蜀麦" not in after
