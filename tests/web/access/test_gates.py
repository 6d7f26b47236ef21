"""The first run, signing in and out, links, and what a stranger finds."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from kehuma.apps.access import queries, second_factor, services
from kehuma.apps.access.models import SecondFactor, SignIn, User
from kehuma.lib import clock
from kehuma.web.access import clients
from kehuma.web.access import mail as letters

PASSWORD = "北风卷地白草折 hu tian"
NEW = "千树万树梨花开 2026"
FIRST = {
    "organisation": "衡岳商贸",
    "name": "林静怡",
    "user": "LinJY",
    "email": "",
    "password": PASSWORD,
    "again": PASSWORD,
}
pytestmark = pytest.mark.django_db


def _sign_in(client: Client, user: str = "linjy", password: str = PASSWORD, **more: str) -> object:
    return client.post(reverse("sign-in"), {"user": user, "password": password, **more})


def _is_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


def test_before_there_is_anybody_every_way_leads_to_the_first_run(visitor: Client) -> None:
    assert visitor.get("/", follow=True).redirect_chain[-1][0] == reverse("first-run")


def test_one_form_makes_the_organisation_and_signs_its_first_person_in(visitor: Client) -> None:
    answer = visitor.post(reverse("first-run"), FIRST)
    assert (answer.status_code, answer["Location"]) == (302, reverse("workbench"))
    assert "衡岳商贸" in visitor.get(reverse("account")).content.decode()
    assert queries.viewer_of(User.objects.get(username="linjy")).may("roles.manage")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        pytest.param({"again": "something else"}, "两次输入的密码不一样", id="mistyped"),
        pytest.param({"password": "short"}, "至少", id="short"),
        pytest.param({"password": "password123456"}, "密码", id="common"),
        pytest.param({"password": "we are 衡岳商贸 since 1999"}, "密码里不要有单位名", id="organisation"),
        pytest.param({"organisation": " "}, "这个字段是必填项", id="nothing"),
    ],
)
def test_the_first_run_explains_what_is_wrong(visitor: Client, wrong: dict[str, str], sentence: str) -> None:
    answer = visitor.post(reverse("first-run"), {**FIRST, **wrong})
    assert sentence in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_first_run_is_gone_once_there_is_somebody(visitor: Client, method: str) -> None:
    answer = getattr(visitor, method)(reverse("first-run"), FIRST)
    assert answer["Location"] == reverse("sign-in")
    assert User.objects.count() == 1


@pytest.mark.usefixtures("admin")
def test_a_person_signs_in_goes_where_it_wanted_and_out_again(visitor: Client) -> None:
    assert "登录到 衡岳商贸" in visitor.get(reverse("sign-in")).content.decode()
    assert _sign_in(visitor, next="/users/")["Location"] == "/users/"  # type: ignore[index]
    assert _is_in(visitor)
    assert visitor.post(reverse("sign-out"))["Location"] == reverse("sign-in")
    assert not _is_in(visitor)
    assert not SignIn.objects.exists()


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("wanted", ["https://example.org/", "//example.org", "javascript:alert(1)", ""])
def test_nobody_is_led_elsewhere_by_signing_in(visitor: Client, wanted: str) -> None:
    assert _sign_in(visitor, next=wanted)["Location"] == reverse("workbench")  # type: ignore[index]


@pytest.mark.usefixtures("admin")
def test_a_wrong_password_is_explained_and_not_sent_back(visitor: Client) -> None:
    page = _sign_in(visitor, password="guess 4711").content.decode()  # type: ignore[attr-defined]
    assert "账号或密码不对。还可以再试 4 次，之后要等 5 分钟。" in page
    assert "guess 4711" not in page
    assert not _is_in(visitor)


@pytest.mark.usefixtures("admin")
def test_who_guesses_has_to_wait(visitor: Client) -> None:
    for _ in range(5):
        _sign_in(visitor, password="guess")
    answer = _sign_in(visitor)
    assert answer.status_code == 429  # type: ignore[attr-defined]
    assert "请 5 分钟后再试" in answer.content.decode()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("admin")
def test_who_was_here_before_comes_in_while_others_guess(visitor: Client) -> None:
    _sign_in(visitor)
    visitor.post(reverse("sign-out"))
    for _ in range(6):
        _sign_in(Client(), password="guess")
    _sign_in(visitor)
    assert _is_in(visitor)


@pytest.mark.usefixtures("admin")
def test_signing_in_changes_the_key_of_the_session_and_guards_the_cookies(visitor: Client) -> None:
    visitor.get(reverse("sign-in"))
    session = visitor.session
    session["planted"] = True
    session.save()
    visitor.cookies["kehuma_session"] = str(session.session_key)
    _sign_in(visitor)
    assert visitor.cookies["kehuma_session"].value != session.session_key
    for name in ("kehuma_session", "kehuma_device"):
        cookie = visitor.cookies[name]
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize(("keep", "age"), [({}, ""), ({"keep": "on"}, 14 * 24 * 3600)])
def test_a_session_is_kept_when_the_person_says_so(visitor: Client, keep: dict[str, str], age: object) -> None:
    _sign_in(visitor, **keep)
    assert visitor.cookies["kehuma_session"]["max-age"] == age
    assert SignIn.objects.get().is_kept is bool(keep)


@pytest.mark.usefixtures("admin")
def test_a_form_from_elsewhere_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert _sign_in(strict).status_code == 403  # type: ignore[attr-defined]


def test_a_page_that_waits_for_the_second_factor_is_no_sign_in(visitor: Client, admin: services.User) -> None:
    secret, codes = _with_second_factor(admin)
    _sign_in(visitor, next="/users/")
    assert not _is_in(visitor)
    assert "动态码不对" in visitor.post(reverse("sign-in-second"), {"number": "000000"}).content.decode()
    assert not _is_in(visitor)
    answer = visitor.post(reverse("sign-in-second"), {"number": codes[0]})
    assert answer["Location"] == "/users/"
    assert _is_in(visitor)
    assert secret not in visitor.get(reverse("account")).content.decode()


def test_without_the_password_there_is_no_second_step(visitor: Client, admin: services.User) -> None:
    _with_second_factor(admin)
    assert visitor.get(reverse("sign-in-second"))["Location"] == reverse("sign-in")


def test_the_second_step_waits_ten_minutes(
    visitor: Client, admin: services.User, monkeypatch: pytest.MonkeyPatch
) -> None:
    _secret, codes = _with_second_factor(admin)
    _sign_in(visitor)
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert visitor.post(reverse("sign-in-second"), {"number": codes[0]})["Location"] == reverse("sign-in")


def test_a_link_leads_to_a_password_and_into_the_program(visitor: Client, admin: services.User) -> None:
    token = _reset_link(admin)
    answer = visitor.get(reverse("join", args=[token]))
    assert answer["Location"] == reverse("join-password")
    page = visitor.get(reverse("join-password")).content.decode()
    assert "林静怡" in page
    assert token not in page
    assert "两次" in visitor.post(reverse("join-password"), {"password": NEW, "again": "x"}).content.decode()
    visitor.post(reverse("join-password"), {"password": NEW, "again": NEW})
    assert _is_in(visitor)
    assert visitor.get(reverse("join", args=[token])).status_code == 410
    assert "已经用过" in Client().get(reverse("join", args=[token])).content.decode()


def test_a_link_does_not_go_round_the_second_factor(visitor: Client, admin: services.User) -> None:
    _with_second_factor(admin)
    visitor.get(reverse("join", args=[_reset_link(admin)]))
    answer = visitor.post(reverse("join-password"), {"password": NEW, "again": NEW})
    assert answer["Location"] == reverse("sign-in-second")
    assert not _is_in(visitor)


def test_without_a_mail_server_the_administrator_helps(visitor: Client, admin: services.User) -> None:
    assert admin.email
    assert "请找管理员" in visitor.post(reverse("forgotten"), {"user": "linjy"}).content.decode()
    assert mail.outbox == []


@pytest.mark.usefixtures("admin")
def test_with_a_mail_server_the_link_comes_as_a_letter(
    visitor: Client, settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_HOST = "mail.example.org"  # type: ignore[attr-defined]
    sent: list[EmailMessage] = []
    monkeypatch.setattr("threading.Thread", lambda **call: _Now(sent, call["args"][0]))
    answers = [visitor.post(reverse("forgotten"), {"user": user}).content.decode() for user in ("linjy", "nobody")]
    known, unknown = (re.sub(r"[A-Za-z0-9]{64}", "", answer) for answer in answers)
    assert "请查收邮件" in known
    assert known == unknown
    [letter] = sent
    assert letter.to == ["lin@example.org"]
    found = re.search(r"http://testserver(/join/\S+/)", str(letter.body))
    assert found
    assert visitor.get(found[1]).status_code == 302


class _Now:
    """A thread that has run already."""

    def __init__(self, sent: list[EmailMessage], letter: EmailMessage) -> None:
        sent.append(letter)

    def start(self) -> None:
        """Nothing is left to do."""


def test_a_letter_that_cannot_be_sent_is_told_without_its_address(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def _refuse(_letter: EmailMessage) -> int:
        raise ConnectionRefusedError("lin@example.org")

    monkeypatch.setattr(EmailMessage, "send", _refuse)
    letters._send(EmailMessage("x", "y", to=["lin@example.org"]))
    assert "ConnectionRefusedError" in caplog.text
    assert "lin@" not in caplog.text


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        pytest.param("Mozilla/5.0 (Windows NT 10.0) Chrome/156.0.0.0 Safari/537.36 Edg/156.0", "Edge 156 · Windows"),
        pytest.param("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", "Firefox 150 · Linux"),
        pytest.param("Mozilla/5.0 (iPhone) Version/18.1 Mobile/15E148 Safari/604.1", "Safari 18 · iOS"),
        pytest.param("Mozilla/5.0 (Linux; Android 15) Chrome/130.0 MicroMessenger/8.0.50", "WeChat 8 · Android"),
        pytest.param("curl/8", "", id="none"),
    ],
)
def test_a_browser_is_named_as_its_owner_knows_it(agent: str, said: str) -> None:
    assert clients.browser_of(agent) == said


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        pytest.param(0, "198.51.100.1", "127.0.0.1", id="nobody is believed"),
        pytest.param(1, "198.51.100.1, 203.0.113.7", "203.0.113.7", id="our proxy is believed"),
        pytest.param(2, "198.51.100.1, 203.0.113.7, 10.0.0.1", "203.0.113.7", id="two proxies"),
        pytest.param(2, "203.0.113.7", "127.0.0.1", id="too few"),
    ],
)
def test_the_address_is_what_our_own_proxies_say(
    rf: object, settings: object, proxies: int, forwarded: str, address: str
) -> None:
    settings.PROXIES = proxies  # type: ignore[attr-defined]
    request = rf.get("/", headers={"X-Forwarded-For": forwarded})  # type: ignore[attr-defined]
    assert clients.address_of(request) == address


def _with_second_factor(user: services.User) -> tuple[str, list[str]]:
    at = clock.now() - timedelta(minutes=5)
    viewer = queries.viewer_of(user)
    secret = services.set_up_second_factor(viewer, PASSWORD, at=at).secret
    factor = SecondFactor.objects.get(user=user)
    number = second_factor.hotp(second_factor._secret(factor), int(at.timestamp()) // 30)
    return secret, services.confirm_second_factor(viewer, number, at=at)


def _reset_link(user: services.User) -> str:
    return services.new_link(queries.viewer_of(user), user.uuid, at=clock.now())


def test_a_person_who_is_in_has_no_need_of_the_gate(
    admin: services.User, client_of: Callable[[services.User], Client]
) -> None:
    assert client_of(admin).get(reverse("sign-in"))["Location"] == reverse("workbench")
