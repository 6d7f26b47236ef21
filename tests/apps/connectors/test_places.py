"""Where messages may go: nobody makes the server ask its own neighbours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.core.exceptions import ImproperlyConfigured

from kehuma.apps.connectors.errors import PlaceError
from kehuma.apps.connectors.places import place, reachable, resolved
from kehuma.lib.networks import networks


def _named(*addresses: str) -> Callable[[str, int], list[str]]:
    return lambda _host, _port: list(addresses)


@contextmanager
def _refused(why: str) -> Iterator[None]:
    with pytest.raises(PlaceError) as refused:
        yield
    assert refused.value.message == why


@pytest.mark.parametrize(
    ("url", "why"),
    [
        pytest.param("ftp://hooks.example/", "place-unusable", id="another protocol"),
        pytest.param("hooks.example/kehuma", "place-unusable", id="no protocol"),
        pytest.param("https://", "place-unusable", id="no name"),
        pytest.param("https://hooks.example/ x", "place-unusable", id="a space"),
        pytest.param("https://hooks.example/\n", "place-unusable", id="a line end"),
        pytest.param("https://hooks.example/" + "x" * 500, "place-unusable", id="endless"),
        pytest.param("https://user:word@hooks.example/", "place-user", id="a password"),
        pytest.param("https://hooks.example/#here", "place-fragment", id="a fragment"),
    ],
)
def test_an_address_is_read_strictly(url: str, why: str) -> None:
    with _refused(why):
        place(url)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104 - nothing is bound
     "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
     "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "240.0.0.1"],
)  # fmt: skip
def test_nothing_goes_to_an_address_inside(address: str) -> None:
    with _refused("place-private"):
        reachable(place("https://hooks.example/"), [], resolve=_named(address))


def test_one_address_inside_among_public_ones_is_enough_to_refuse() -> None:
    with _refused("place-private"):
        reachable(place("https://hooks.example/"), [], resolve=_named("93.184.216.34", "10.0.0.1"))


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://2130706433/", "http://0x7f000001/", "http://localhost/"])
def test_other_spellings_of_this_machine_are_seen_through(url: str) -> None:
    found = place(url)
    with _refused("place-private"):
        reachable(found, [], resolve=resolved)


def test_a_network_of_ones_own_is_named_in_the_settings() -> None:
    own = networks("10.0.0.0/8, fd00::/8", "")
    assert reachable(place("http://erp.intern/"), own, resolve=_named("10.0.0.7")) == "10.0.0.7"
    assert reachable(place("http://erp.intern/"), own, resolve=_named("fd00::7")) == "fd00::7"
    with _refused("place-private"):
        reachable(place("http://erp.intern/"), own, resolve=_named("192.168.0.7"))


def test_on_the_internet_messages_travel_over_tls() -> None:
    assert reachable(place("https://hooks.example/"), [], resolve=_named("93.184.216.34")) == "93.184.216.34"
    with _refused("place-plain"):
        reachable(place("http://hooks.example/"), [], resolve=_named("93.184.216.34"))


def test_a_name_without_an_address_is_refused() -> None:
    with _refused("place-unknown"):
        reachable(place("https://hooks.example/"), [], resolve=_named())


def test_a_setting_that_names_no_network_is_refused_at_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="KEHUMA_WEBHOOK_NETWORKS"):
        networks("10.0.0.0/33", "KEHUMA_WEBHOOK_NETWORKS")
