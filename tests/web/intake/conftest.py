"""A list on its way in through the pages."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kehuma.apps.access import services as access
from kehuma.apps.codes import services as codes

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SCHEMES = Path(__file__).resolve().parents[3] / "schemes"
HEAD = "客户编号,客户名称,省份,所属行业,手机\n"


@pytest.fixture(autouse=True)
def _at_once(settings: pytest.FixtureRequest) -> None:
    """Background work is done when it is asked for."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}  # type: ignore[attr-defined]


@pytest.fixture
def browser(admin: access.User, client_of: Callable[[access.User], Client]) -> Client:
    """林静怡's browser; a rule is published."""
    codes.publish((SCHEMES / "region-industry.toml").read_text("utf-8"), actor="test", at=NOON)
    return client_of(admin)


@pytest.fixture
def upload(browser: Client) -> Callable[..., str]:
    """``upload(rows)``: the address of the import of these lines."""

    def _upload(rows: str, *, head: str = HEAD, name: str = "客户名单.csv", client: Client | None = None) -> str:
        file = SimpleUploadedFile(name, (head + rows).encode())
        answer = (client or browser).post("/imports/new/", {"file": file})
        assert answer.status_code == 302, answer.content.decode()
        return str(answer["Location"])

    return _upload


@pytest.fixture
def dry_run(browser: Client, upload: Callable[..., str]) -> Callable[..., str]:
    """The same after its dry run, the columns as they were suggested."""

    def _dry_run(rows: str) -> str:
        place = upload(rows)
        targets = ("own_number", "name", "region", "industry", "mobile")
        columns = {f"column-{index}": target for index, target in enumerate(targets)}
        answer = browser.post(f"{place}map/", {**columns, "source": "台账", "scheme": "region-industry"})
        assert answer.status_code == 302, answer.content.decode()
        return place

    return _dry_run
