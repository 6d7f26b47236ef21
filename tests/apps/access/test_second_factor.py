"""The authenticator's number counts once; the recovery codes stand in for a lost telephone."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from kehuma.apps.access import queries, second_factor, services
from kehuma.apps.access.data import Client
from kehuma.apps.access.errors import (
    SecondFactorError,
    TooManyTriesError,
    WrongNumberError,
    WrongOldPasswordError,
)
from kehuma.apps.access.models import RecoveryCode, SecondFactor
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PASSWORD = "北风卷地白草折 hu tian"
HERE = Client("203.0.113.7")
STEP = timedelta(seconds=30)


def _number(secret: str, at: datetime) -> str:
    return second_factor.hotp(base64.b32decode(secret.replace(" ", "")), int(at.timestamp()) // 30)


@pytest.fixture
def secret(admin: Viewer) -> str:
    """The administrator's authenticator, begun at noon."""
    return services.set_up_second_factor(admin, PASSWORD, at=NOON).secret


@pytest.fixture
def codes(admin: Viewer, secret: str) -> list[str]:
    return services.confirm_second_factor(admin, _number(secret, NOON), at=NOON)


def _check(founder: services.User, text: str, at: datetime, client: Client = HERE) -> services.User:
    return services.check_second_factor(founder.pk, text, client, at=at)


@pytest.mark.parametrize(
    ("seconds", "number"),
    [
        pytest.param(59, "287082", id="59"),
        pytest.param(1111111109, "081804", id="1111111109"),
        pytest.param(20000000000, "353130", id="20000000000"),
    ],
)
def test_the_numbers_are_those_of_rfc_6238(seconds: int, number: str) -> None:
    assert second_factor.hotp(b"12345678901234567890", seconds // 30) == number


def test_beginning_takes_the_password(admin: Viewer) -> None:
    with pytest.raises(WrongOldPasswordError):
        services.set_up_second_factor(admin, "wrong", at=NOON)


@pytest.mark.usefixtures("founder")
def test_it_counts_only_after_one_number_was_typed(admin: Viewer, secret: str) -> None:
    assert not services.check_password("linjy", PASSWORD, HERE, at=NOON).needs_second_factor
    with pytest.raises(SecondFactorError):
        services.confirm_second_factor(admin, "000000", at=NOON)
    assert len(services.confirm_second_factor(admin, _number(secret, NOON), at=NOON)) == 10
    assert services.check_password("linjy", PASSWORD, HERE, at=NOON).needs_second_factor


def test_the_address_behind_the_qr_code_is_what_authenticators_read(admin: Viewer, secret: str) -> None:
    waiting = queries.waiting_set_up(admin)
    assert waiting is not None
    told = "otpauth://totp/%E8%A1%A1%E5%B2%B3%E5%95%86%E8%B4%B8:linjy?secret="
    assert waiting.uri == f"{told}{secret.replace(' ', '')}&issuer=%E8%A1%A1%E5%B2%B3%E5%95%86%E8%B4%B8"
    assert len(secret.replace(" ", "")) == 32


@pytest.mark.usefixtures("codes")
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_clock_may_be_half_a_minute_wrong(founder: services.User, secret: str, steps: int) -> None:
    at = NOON + 2 * STEP
    assert _check(founder, _number(secret, NOON + steps * STEP), at) == founder


@pytest.mark.usefixtures("codes")
def test_a_number_counts_once(founder: services.User, secret: str) -> None:
    later = NOON + STEP
    number = _number(secret, later)
    assert _check(founder, f"{number[:3]} {number[3:]}", later) == founder
    with pytest.raises(WrongNumberError):
        _check(founder, number, later)


@pytest.mark.usefixtures("codes")
@pytest.mark.parametrize("text", ["000000", "٠٠٠٠٠٠", "12345", "", "aaaaa-aaaaa"])
def test_what_is_no_number_is_refused(founder: services.User, text: str) -> None:
    with pytest.raises(WrongNumberError) as caught:
        _check(founder, text, NOON + timedelta(days=1))
    assert caught.value.say("zh") == "动态码不对。还可以再试 4 次，之后要等 5 分钟"


def test_a_recovery_code_counts_once_however_it_is_written(founder: services.User, codes: list[str]) -> None:
    assert _check(founder, f" {codes[0].upper().replace('-', ' ')} ", NOON) == founder
    with pytest.raises(WrongNumberError):
        _check(founder, codes[0], NOON)
    assert _check(founder, codes[1], NOON) == founder
    assert RecoveryCode.objects.filter(used_at__isnull=True).count() == 8


def test_new_recovery_codes_replace_the_old(founder: services.User, admin: Viewer, codes: list[str]) -> None:
    new = services.new_recovery_codes(admin, PASSWORD, at=NOON)
    with pytest.raises(WrongNumberError):
        _check(founder, codes[0], NOON)
    assert _check(founder, new[0], NOON) == founder


def test_guessing_numbers_is_slowed_down_wherever_it_comes_from(founder: services.User, codes: list[str]) -> None:
    for part in range(5):
        with pytest.raises(WrongNumberError):
            _check(founder, "000000", NOON, Client(f"198.51.100.{part}"))
    with pytest.raises(TooManyTriesError):
        _check(founder, codes[0], NOON)
    device = services.remember_device(founder, "", at=NOON)
    assert _check(founder, codes[0], NOON, Client("203.0.113.7", "", device)) == founder


@pytest.mark.usefixtures("codes")
def test_the_table_holds_nothing_that_makes_numbers(secret: str) -> None:
    kept = bytes(SecondFactor.objects.get().salt)
    assert base64.b32decode(secret.replace(" ", "")) not in {kept, kept[:20]}
    assert len(kept) == 16


@pytest.mark.usefixtures("codes")
def test_turning_it_off_takes_the_password(founder: services.User, admin: Viewer) -> None:
    with pytest.raises(WrongOldPasswordError):
        services.turn_off_second_factor(admin, "wrong", at=NOON)
    services.turn_off_second_factor(admin, PASSWORD, at=NOON)
    assert not services.check_password("linjy", PASSWORD, HERE, at=NOON).needs_second_factor
    assert not RecoveryCode.objects.filter(user=founder).exists()


def test_a_manager_helps_whoever_lost_the_telephone(admin: Viewer, wang: services.User) -> None:
    clerk = queries.viewer_of(wang)
    secret = services.set_up_second_factor(clerk, PASSWORD, at=NOON).secret
    services.confirm_second_factor(clerk, _number(secret, NOON), at=NOON)
    services.remove_second_factor(admin, wang.uuid, at=NOON)
    assert not services.check_password("xiaowang", PASSWORD, HERE, at=NOON).needs_second_factor


@pytest.mark.usefixtures("codes")
def test_the_password_is_not_asked_again_for_ever(admin: Viewer) -> None:
    for _ in range(5):
        with pytest.raises(WrongOldPasswordError):
            services.turn_off_second_factor(admin, "wrong", at=NOON)
    with pytest.raises(TooManyTriesError):
        services.turn_off_second_factor(admin, PASSWORD, at=NOON)
