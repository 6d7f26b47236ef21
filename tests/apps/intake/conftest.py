"""A list of customers on its way in, and who brings it."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from kehuma.apps.codes import services as codes
from kehuma.apps.intake import queries, services
from kehuma.apps.intake.data import Import
from kehuma.lib.viewer import Viewer, system

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SCHEMES = Path(__file__).resolve().parents[3] / "schemes"
SCHEME = "region-industry"
HEAD = "客户编号,客户名称,省份,所属行业,手机,统一社会信用代码\n"


@pytest.fixture(autouse=True)
def _at_once(settings: pytest.FixtureRequest) -> None:
    """Background work is done when it is asked for."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}  # type: ignore[attr-defined]


@pytest.fixture
def viewer(db: None) -> Viewer:  # noqa: ARG001 - the tables must be there
    """Our own work, which may everything; the rule is published."""
    codes.publish((SCHEMES / f"{SCHEME}.toml").read_text("utf-8"), actor="test", at=NOON)
    return system("test")


@pytest.fixture
def receive(viewer: Viewer) -> Callable[..., Import]:
    """``receive(rows)``: a file of these lines under the usual head."""

    def _receive(rows: str, *, head: str = HEAD, name: str = "客户名单.csv", encoding: str = "utf-8") -> Import:
        return services.receive(viewer, BytesIO((head + rows).encode(encoding)), name, at=NOON)

    return _receive


@pytest.fixture
def checked(viewer: Viewer, receive: Callable[..., Import]) -> Callable[..., Import]:
    """The same after its dry run, its columns as they were recognised."""

    def _checked(rows: str, *, source: str = "台账", **more: str) -> Import:
        one = receive(rows, **more)
        columns = {column.name: column.target for column in queries.columns(one)}
        services.map_columns(viewer, one.uuid, columns, source=source, scheme=SCHEME, at=NOON)
        return queries.imported(viewer, one.uuid)

    return _checked


@pytest.fixture
def committed(viewer: Viewer, checked: Callable[..., Import]) -> Callable[..., Import]:
    """The same after the commit."""

    def _committed(rows: str, *, mode: str = "both", **more: str) -> Import:
        one = checked(rows, **more)
        services.commit(viewer, one.uuid, mode, at=NOON)
        return queries.imported(viewer, one.uuid)

    return _committed
