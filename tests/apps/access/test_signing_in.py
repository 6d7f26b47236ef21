"""A wrong password slows down the place it comes from, and nobody else."""

from datetime import UTC, datetime, timedelta

import pytest

from kehuma.apps.access import services, throttle
from kehuma.apps.access.data import Client
from kehuma.apps.access.errors import AccessError, TooManyTriesError, WrongPasswordError
from kehuma.apps.access.models import Tries
from kehuma.apps.audit import queries as audit
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PASSWORD = "北风卷地白草折 hu tian"
WRONG = "wrong"
HERE, ELSEWHERE = Client("203.0.113.7"), Client("198.51.100.9")
MINUTE = timedelta(minutes=1)


def _try(name: str, password: str = WRONG, client: Client = HERE, at: datetime = NOON) -> services.User:
    return services.check_password(name, password, client, at=at).user


def _fail(name: str, times: int, client: Client = HERE, at: datetime = NOON) -> AccessError:
    error: AccessError | None = None
    for _ in range(times):
        with pytest.raises(AccessError) as caught:
            _try(name, client=client, at=at)
        error = caught.value
    assert error is not None
    return error


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("linjy", id="sign-in name"),
        pytest.param("LinJY ", id="capitals and a space"),
        pytest.param("ｌｉｎｊｙ", id="full width"),
        pytest.param("Lin@Example.org", id="mail address"),
    ],
)
def test_name_or_address_and_the_password_open_the_door(founder: services.User, name: str) -> None:
    assert _try(name, PASSWORD) == founder


@pytest.mark.parametrize("name", ["linjy", "nobody", ""])
@pytest.mark.usefixtures("founder")
def test_a_wrong_password_and_an_unknown_name_are_answered_alike(name: str) -> None:
    error = _fail(name, 1)
    assert isinstance(error, WrongPasswordError)
    assert error.say("zh") == "账号或密码不对。还可以再试 4 次，之后要等 5 分钟"


def test_after_five_failures_even_the_right_password_has_to_wait(founder: services.User) -> None:
    assert _fail("linjy", 5).say("zh") == "账号或密码不对。请等 5 分钟再试"
    with pytest.raises(TooManyTriesError) as caught:
        _try("linjy", PASSWORD, at=NOON + MINUTE)
    assert caught.value.say("zh") == "试得太多了，请 4 分钟后再试"
    assert _try("linjy", PASSWORD, at=NOON + 5 * MINUTE) == founder


@pytest.mark.usefixtures("founder")
def test_each_further_failure_doubles_the_wait_up_to_an_hour() -> None:
    at, waits = NOON, []
    _fail("linjy", 4)
    for _ in range(6):
        waits.append(_fail("linjy", 1, at=at).facts["minutes"])
        at += timedelta(hours=1)
    assert waits == [5, 10, 20, 40, 60, 60]


def test_tries_while_waiting_do_not_make_the_wait_longer(founder: services.User) -> None:
    _fail("linjy", 5)
    _fail("linjy", 20, at=NOON + MINUTE)
    assert _try("linjy", PASSWORD, at=NOON + 5 * MINUTE) == founder


@pytest.mark.usefixtures("founder")
def test_the_right_password_clears_the_count() -> None:
    _fail("linjy", 4)
    _try("linjy", PASSWORD)
    assert _fail("linjy", 1).facts["left"] == 4


def test_a_stranger_cannot_lock_the_owner_out(founder: services.User) -> None:
    _fail("linjy", 30, client=ELSEWHERE)
    assert _try("linjy", PASSWORD, HERE) == founder


def test_behind_the_same_address_the_owners_own_browser_still_comes_in(founder: services.User) -> None:
    device = services.remember_device(founder, "", at=NOON)
    _fail("linjy", 30)
    assert _try("linjy", PASSWORD, Client(HERE.address, "", device)) == founder


@pytest.mark.usefixtures("wang")
def test_a_browser_known_for_one_person_is_unknown_for_another(founder: services.User) -> None:
    device = services.remember_device(founder, "", at=NOON)
    _fail("xiaowang", 5)
    with pytest.raises(TooManyTriesError):
        _try("xiaowang", PASSWORD, Client(HERE.address, "", device))


def test_a_known_browser_waits_for_its_own_failures(founder: services.User) -> None:
    known = Client(HERE.address, "", services.remember_device(founder, "", at=NOON))
    _fail("linjy", 5, client=known)
    with pytest.raises(TooManyTriesError):
        _try("linjy", PASSWORD, known)
    assert _try("linjy", PASSWORD, HERE) == founder


@pytest.mark.usefixtures("founder")
def test_name_and_address_of_one_person_are_counted_together() -> None:
    _fail("linjy", 3)
    assert _fail("lin@example.org", 1).facts["left"] == 1


def test_whoever_tries_many_names_has_to_wait_as_an_address(
    founder: services.User, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = throttle.Patience(10, MINUTE, MINUTE, timedelta(hours=1))
    monkeypatch.setattr(throttle, "OFFICE", few)
    for number in range(10):
        _fail(f"name{number}", 1)
    with pytest.raises(TooManyTriesError):
        _try("linjy", PASSWORD)
    assert _try("linjy", PASSWORD, ELSEWHERE) == founder


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        pytest.param("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True, id="one /64"),
        pytest.param("2001:db8:1:2::1", "2001:db8:1:3::1", False, id="two /64"),
        pytest.param("203.0.113.7", "203.0.113.8", False, id="two IPv4"),
        pytest.param("nonsense", "", True, id="no address"),
    ],
)
def test_an_ipv6_network_is_one_place(one: str, other: str, *, is_same: bool) -> None:
    assert (throttle.network(one) == throttle.network(other)) is is_same


@pytest.mark.usefixtures("founder")
def test_neither_names_nor_addresses_stand_in_the_table_of_tries() -> None:
    _fail("linjy", 1)
    _fail("unknown name", 1)
    rows = list(Tries.objects.values_list("place", flat=True))
    assert len(rows) == 3
    assert {len(bytes(row)) for row in rows} == {16}


@pytest.mark.usefixtures("founder")
def test_old_tries_are_forgotten() -> None:
    _fail("linjy", 3)
    assert _fail("linjy", 1, at=NOON + timedelta(hours=25)).facts["left"] == 4
    _try("linjy", PASSWORD, at=NOON + timedelta(days=4))
    assert Tries.objects.count() == 1


def test_the_owner_finds_a_slowed_sign_in_among_the_events(founder: services.User) -> None:
    _fail("linjy", 5)
    [event] = audit.events(kind="access.sign-in-slowed")
    assert event.subject == str(founder.uuid)


def test_who_was_let_go_does_not_come_in(admin: Viewer, wang: services.User) -> None:
    services.deactivate(admin, wang.uuid, at=NOON)
    assert isinstance(_fail("xiaowang", 1), WrongPasswordError)
    with pytest.raises(WrongPasswordError):
        _try("xiaowang", PASSWORD)


@pytest.mark.usefixtures("founder")
def test_an_endless_password_is_refused_and_not_hashed_whole() -> None:
    with pytest.raises(WrongPasswordError):
        _try("linjy", PASSWORD + "x" * 1_000_000)
