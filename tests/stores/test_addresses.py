"""Where the store is: an address that people write, read strictly."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from kehuma.lib.db.addresses import database


def test_without_an_address_the_store_is_a_file() -> None:
    entry = database("", Path("kehuma.sqlite3"))
    assert (entry["ENGINE"], entry["NAME"]) == ("kehuma.lib.db", Path("kehuma.sqlite3"))


@pytest.mark.parametrize(
    ("address", "host", "name"),
    [
        pytest.param("postgres://db.example/kehuma", "db.example", "kehuma", id="least"),
        pytest.param("postgresql://a:b@[::1]:5433/kehuma", "::1", "kehuma", id="IPv6"),
        pytest.param("postgres:///kehuma?host=%2Frun%2Fpostgresql", "/run/postgresql", "kehuma", id="socket"),
        pytest.param("postgres://h/%E5%AE%A2%E6%88%B7", "h", "客户", id="Chinese"),
    ],
)
def test_an_address_names_a_server_and_a_database(address: str, host: str, name: str) -> None:
    entry = database(address, Path("unused"))
    assert (entry["HOST"], entry["NAME"]) == (host, name)
    assert "host" not in entry["OPTIONS"]


@pytest.mark.parametrize(
    "address",
    ["mysql://u:geheim@h/kehuma", "postgres://u:geheim@h", "postgres://u:geheim@h/", "postgres://u:geheim@h:x/kehuma",
     "postgres://u:geheim@[h/kehuma", "kehuma", "postgres://u:geheim@h/a/b"],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_repeating_its_password(address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="KEHUMA_DATABASE_URL") as refused:
        database(address, Path("unused"))
    assert "geheim" not in str(refused.value)
    assert refused.value.__cause__ is None
