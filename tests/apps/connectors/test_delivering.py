"""Other systems are told what happened: in order, once, again where it failed, and nothing that is nobody's business."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import services as codes
from kehuma.apps.connectors import patience, payloads, queries, sending, services
from kehuma.apps.connectors.errors import ConnectorError, UnknownEndpointError, UnknownMessageError
from kehuma.apps.connectors.models import Endpoint, Replay, Undelivered
from kehuma.apps.customers import services as customers
from kehuma.lib.networks import networks
from kehuma.lib.viewer import Refused, Viewer

pytestmark = pytest.mark.django_db
Told = Callable[[], int]


@contextmanager
def _refused(why: str) -> Iterator[None]:
    with pytest.raises(ConnectorError) as refused:
        yield
    assert refused.value.message == why


def _only() -> Endpoint:
    return Endpoint.objects.get()


def _row(admin: Viewer, now: Any) -> Any:
    return queries.endpoint(admin, _only().uuid, at=now.now())


def test_what_happens_is_told_in_order_and_signed(
    secret: str, receiver: Any, told: Told, new_customer: Callable[..., str], *, wang: Viewer, now: Any
) -> None:
    identity = new_customer()
    customers.update(wang, identity, {"address": "中关村大街 1 号"}, version=1, at=now.now())
    assert told() == 3
    assert [one.json["type"] for one in receiver.got] == ["code.issued", "customer.created", "customer.updated"]
    first, _, last = receiver.got
    assert first.json["data"]["code"].startswith(identity)
    assert last.json["data"] == {"code": first.json["data"]["code"], "fields": ["address"]}
    assert first.json["timestamp"].endswith("Z")
    assert all(one.signed_by(secret) for one in receiver.got)
    assert first.headers["webhook-timestamp"] == str(int(now.now().timestamp()))
    assert first.path == "/hooks?key=geheim"


@pytest.mark.usefixtures("secret")
def test_nothing_is_told_twice_and_one_connection_is_enough(
    receiver: Any, told: Told, new_customer: Callable[..., str]
) -> None:
    for number in range(10):
        new_customer(name=f"上海某某{number}贸易有限公司", mobile="")
    assert told() == 20
    assert told() == 0
    assert len(set(receiver.ids)) == 20
    assert receiver.connections == 1
    assert Undelivered.objects.count() == 0


@pytest.mark.usefixtures("secret")
def test_only_the_kinds_that_were_chosen_are_told(
    admin: Viewer, receiver: Any, told: Told, hengyue: str, now: Any
) -> None:
    services.change(admin, _only().uuid, name="ERP", url=receiver.url, kinds=["customer.created"], at=now.now())
    assert told() == 1
    assert [one.json["type"] for one in receiver.got] == ["customer.created"]
    assert hengyue


@pytest.mark.usefixtures("secret")
def test_what_happened_before_is_not_told(receiver: Any, told: Told) -> None:
    assert told() == 0
    assert receiver.got == []


@pytest.mark.parametrize("status", [500, 503, 429, 302])
@pytest.mark.usefixtures("secret")
def test_after_a_failure_the_same_message_comes_again_and_the_order_stays(
    receiver: Any, told: Told, hengyue: str, now: Any, status: int
) -> None:
    receiver.answers = [status]
    assert told() == 0
    assert told() == 0, "not at once"
    assert len(receiver.got) == 1
    now.pass_by(seconds=6)
    assert told() == 2
    first, again, second = receiver.got
    assert again.id == first.id
    assert again.body == first.body
    assert second.json["type"] == "customer.created"
    assert again.headers["webhook-timestamp"] != first.headers["webhook-timestamp"]
    assert hengyue


@pytest.mark.usefixtures("secret", "hengyue")
def test_a_receiver_that_asks_for_time_gets_it(receiver: Any, told: Told, now: Any) -> None:
    receiver.answers, receiver.headers = [503], {"Retry-After": "600"}
    assert told() == 0
    now.pass_by(seconds=590)
    assert told() == 0
    now.pass_by(seconds=11)
    assert told() == 2


@pytest.mark.usefixtures("secret", "hengyue")
def test_an_answer_that_drips_is_cut_off(
    receiver: Any, told: Told, now: Any, admin: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100:
            try:
                handler.wfile.write(bytes([letter]))
            except OSError:
                return
            time.sleep(0.02)

    monkeypatch.setattr(sending, "TOTAL_SECONDS", 0.3)
    receiver.answers = [drip]
    began = time.monotonic()
    assert told() == 0
    assert time.monotonic() - began < 1.5
    assert _row(admin, now).recent[0].reason == "timeout"
    now.pass_by(seconds=6)
    assert told() == 2


@pytest.mark.usefixtures("secret", "hengyue")
def test_an_answer_without_end_is_not_read_to_its_end(receiver: Any, told: Told) -> None:
    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(10**12))
        handler.end_headers()
        try:
            for _ in range(10_000):
                handler.wfile.write(b"x" * 65_536)
        except OSError:
            return

    receiver.answers = [flood, flood]
    began = time.monotonic()
    assert told() == 2
    assert time.monotonic() - began < 2


@pytest.mark.usefixtures("secret", "hengyue")
def test_nobody_at_the_other_end_is_a_failure_in_words(receiver: Any, told: Told, admin: Viewer, now: Any) -> None:
    receiver.close()
    assert told() == 0
    row = _row(admin, now)
    assert (row.recent[0].reason, row.recent[0].status) == ("connection", None)
    assert row.failing_since == now.now()
    assert row.behind == 2


@pytest.mark.usefixtures("secret")
def test_a_message_that_always_fails_is_set_aside_and_the_others_go_on(
    receiver: Any, told: Told, new_customer: Callable[..., str], admin: Viewer, now: Any
) -> None:
    new_customer()
    receiver.answers = [500] * (len(patience.HOLD) + 1)
    for wait in (*patience.HOLD, timedelta()):
        assert told() == 0
        now.pass_by(seconds=wait.total_seconds() + 1)
    assert [one.kind for one in queries.undelivered(admin, _only().uuid)] == ["code.issued"]
    assert told() == 1
    poison = receiver.ids[0]
    receiver.answers = [500] * (len(patience.ASIDE) - 1)
    for wait in patience.ASIDE:
        now.pass_by(seconds=wait.total_seconds() + 1)
        told()
    assert receiver.ids.count(poison) == len(patience.HOLD) + 1 + len(patience.ASIDE)
    assert Undelivered.objects.count() == 0


@pytest.mark.usefixtures("secret", "hengyue")
def test_a_message_that_is_refused_does_not_keep_the_next_one(
    receiver: Any, told: Told, admin: Viewer, now: Any
) -> None:
    receiver.answers = [422]
    assert told() == 1
    (aside,) = queries.undelivered(admin, _only().uuid)
    assert (aside.status, aside.failures, aside.kind) == (422, 1, "code.issued")
    receiver.answers = [422] * 100
    for wait in (*patience.ASIDE, timedelta(days=1)):
        now.pass_by(seconds=wait.total_seconds() + 1)
        told()
    (dead,) = queries.undelivered(admin, _only().uuid)
    assert (dead.retry_at, dead.failures) == (None, len(patience.ASIDE) + 1)
    receiver.answers = []
    services.send_again(admin, _only().uuid, dead.leaf, dead.part, at=now.now())
    assert told() == 1
    assert receiver.ids[-1] == dead.message
    assert Undelivered.objects.count() == 0


@pytest.mark.usefixtures("secret", "hengyue")
def test_what_was_given_up_is_forgotten_after_a_month(receiver: Any, told: Told, now: Any) -> None:
    receiver.answers = [422]
    told()
    Undelivered.objects.update(retry_at=None)
    now.pass_by(days=29)
    assert services.clear(now.now()) == 0
    now.pass_by(days=2)
    assert services.clear(now.now()) == 1


@pytest.mark.usefixtures("secret")
def test_a_receiver_that_is_down_fills_no_table_and_is_stopped_in_the_end(
    receiver: Any,
    told: Told,
    new_customer: Callable[..., str],
    *,
    admin: Viewer,
    now: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "MOST_ASIDE", 3)
    for number in range(4):
        new_customer(name=f"上海某某{number}贸易有限公司", mobile="")
    receiver.answers = [500] * 10_000
    for _ in range(100):
        told()
        now.pass_by(minutes=80)
    assert Undelivered.objects.count() <= 8, "three at a time, given up after three days"
    assert [(name, why) for _, name, why, _ in queries.stopped(admin)] == [("ERP", "failing")]
    tries = len(receiver.got)
    assert tries < 200
    now.pass_by(days=1)
    assert told() == 0
    assert len(receiver.got) == tries
    receiver.answers = []
    services.resume(admin, _only().uuid, at=now.now())
    assert told() > 0
    now.pass_by(days=2)
    told()
    assert _row(admin, now).behind == 0


@pytest.mark.usefixtures("secret", "hengyue")
def test_a_receiver_that_wants_no_more_is_asked_no_more(receiver: Any, told: Told, admin: Viewer, now: Any) -> None:
    receiver.answers = [410]
    assert told() == 0
    assert _row(admin, now).stopped == "gone"
    assert audit.events(kind="connectors.endpoint-stopped")[0].detail == {"host": "127.0.0.1", "reason": "gone"}
    now.pass_by(days=1)
    assert told() == 0
    services.resume(admin, _only().uuid, at=now.now(), skips=True)
    assert told() == 0
    assert len(receiver.got) == 1


@pytest.mark.usefixtures("secret")
def test_what_happens_during_a_pause_is_told_afterwards(
    receiver: Any, told: Told, new_customer: Callable[..., str], admin: Viewer, now: Any
) -> None:
    services.pause(admin, _only().uuid, at=now.now())
    new_customer()
    assert told() == 0
    services.resume(admin, _only().uuid, at=now.now())
    assert told() == 2
    assert len(receiver.got) == 2


@pytest.mark.usefixtures("secret", "hengyue")
def test_a_period_is_told_once_more_with_the_same_ids(receiver: Any, told: Told, admin: Viewer, now: Any) -> None:
    assert told() == 2
    before, uuid, hour = list(receiver.ids), _only().uuid, timedelta(hours=1)
    services.change(admin, uuid, name="ERP", url=receiver.url, kinds=["code.issued", "customer.created"], at=now.now())
    with _refused("period-empty"):
        services.replay(admin, uuid, now.now() + hour, now.now() + 2 * hour, at=now.now())
    with _refused("period-wrong"):
        services.replay(admin, uuid, now.now(), now.now(), at=now.now())
    assert services.replay(admin, uuid, now.now() - hour, now.now() + hour, at=now.now()) == 2
    receiver.answers = [500]
    assert told() == 0
    now.pass_by(minutes=6)
    assert told() == 2
    assert receiver.ids == [*before, before[0], *before]
    assert Replay.objects.count() == 0


@pytest.mark.usefixtures("secret", "hengyue")
def test_a_period_reaches_back_to_before_there_was_an_endpoint(
    receiver: Any, told: Told, admin: Viewer, now: Any
) -> None:
    told()
    hour = timedelta(hours=1)
    assert services.replay(admin, _only().uuid, now.now() - hour, now.now() + hour, at=now.now()) == 3
    assert told() == 3
    assert receiver.got[2].json["data"] == {"scheme": "region-industry", "version": 1}


def test_during_a_change_of_secrets_the_old_one_is_still_good(
    secret: str, receiver: Any, told: Told, *, admin: Viewer, now: Any, new_customer: Callable[..., str]
) -> None:
    new_customer()
    fresh = services.rotate(admin, _only().uuid, at=now.now(), overlap=timedelta(hours=1))
    told()
    assert receiver.got[0].signed_by(secret)
    assert receiver.got[0].signed_by(fresh.text)
    assert _row(admin, now).other_secret_until == now.now() + timedelta(hours=1)
    now.pass_by(hours=1)
    services.test(admin, _only().uuid, at=now.now())
    assert receiver.got[-1].signed_by(fresh.text)
    assert not receiver.got[-1].signed_by(secret)


@pytest.mark.usefixtures("secret")
def test_a_test_message_says_at_once_what_came_of_it(receiver: Any, admin: Viewer, now: Any) -> None:
    assert services.test(admin, _only().uuid, at=now.now()).is_delivered
    assert receiver.got[0].json["type"] == "webhook.test"
    receiver.answers = [404]
    found = services.test(admin, _only().uuid, at=now.now())
    assert (found.status, found.is_delivered, found.is_of_log) == (404, False, False)
    assert [one.status for one in _row(admin, now).recent] == [404, 200]


@pytest.mark.usefixtures("secret")
def test_a_name_that_begins_to_point_inside_gets_nothing(
    receiver: Any, told: Told, hengyue: str, *, settings: Any, admin: Viewer, now: Any
) -> None:
    settings.WEBHOOK_NETWORKS = ()
    assert told() == 0
    assert receiver.got == []
    assert _row(admin, now).recent[0].reason == "place-private"
    with _refused("place-private"):
        services.add(admin, name="x", url="https://127.0.0.1/", kinds=["code.issued"], at=now.now())
    assert hengyue


@pytest.mark.usefixtures("secret")
def test_the_codes_of_a_file_come_in_pieces(
    receiver: Any, told: Told, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payloads, "CODES_AT_ONCE", 4)
    rows = [(f"row-{row}", ("北京", "信息技术")) for row in range(10)]
    attributes = ["region", "industry"]
    issued = codes.issue_many("region-industry", attributes, rows, source="file", actor="cli:root", at=now.now())
    receiver.answers = [200, 500]
    assert told() == 1
    now.pass_by(seconds=6)
    assert told() == 2
    pieces = [one.json["data"] for one in receiver.got]
    assert [one["part"] for one in pieces] == [1, 2, 2, 3]
    assert [len(one["codes"]) for one in pieces] == [4, 4, 4, 2]
    assert {one["count"] for one in pieces} == {10}
    assert sorted({code for one in pieces for code in one["codes"]}) == sorted(str(one.code) for one in issued)
    assert len(set(receiver.ids)) == 3


@pytest.mark.usefixtures("secret")
def test_no_message_holds_anything_personal(
    receiver: Any, told: Told, new_customer: Callable[..., str], *, wang: Viewer, li: Viewer, now: Any
) -> None:
    planted = {
        "name": "马珂标记丁",
        "kind": "person",
        "contact_name": "标记联系人",
        "mobile": "13955550001",
        "email": "planted@example.org",
        "resident_id": "11010519491231002X",
        "address": "标记路 77 号",
        "notes": "标记备注",
        "own_number": "PLANTED-4711",
    }
    identity = new_customer(**planted)
    customers.update(wang, identity, {"name": "标记改名", "mobile": "13955550002"}, version=1, at=now.now())
    customers.delete(li, [identity], at=now.now())
    customers.restore(li, [identity], at=now.now())
    assert told() >= 5
    sent = b"".join(one.body for one in receiver.got).decode()
    markers = [*(value for key, value in planted.items() if key != "kind"), "标记", "13955550002", wang.name, li.name]
    assert [marker for marker in markers if marker in sent] == []
    assert set(receiver.ids) & {""} == set()


@pytest.mark.usefixtures("secret", "receiver")
def test_neither_the_address_nor_the_secret_lies_open_in_the_store(secret: str, admin: Viewer, now: Any) -> None:
    row = _only()
    stored = b"".join(
        bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode() for value in vars(row).values()
    )
    assert b"geheim" not in stored
    assert secret.encode() not in stored
    assert _row(admin, now).url.endswith("geheim")
    assert "geheim" not in str([one.detail for one in audit.events(limit=1000)])


def test_who_comes_second_sends_nothing(secret: str, receiver: Any, told: Told, hengyue: str, now: Any) -> None:
    Endpoint.objects.update(claimed_until=now.now() + timedelta(seconds=60))
    assert told() == 0
    now.pass_by(seconds=61)
    assert told() == 2
    assert secret
    assert hengyue
    assert len(receiver.got) == 2


@pytest.mark.usefixtures("secret", "hengyue")
def test_while_the_installation_is_sealed_nothing_is_sent_and_nothing_is_lost(
    receiver: Any, told: Told, admin: Viewer, now: Any, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("sealed")
    assert told() == 0
    assert _row(admin, now).url == ""
    assert receiver.got == []


@pytest.mark.usefixtures("secret")
def test_who_may_not_is_refused(wang: Viewer, now: Any) -> None:
    uuid = _only().uuid
    for attempt in (
        lambda: queries.endpoints(wang, at=now.now()),
        lambda: queries.endpoint(wang, uuid, at=now.now()),
        lambda: queries.undelivered(wang, uuid),
        lambda: services.add(wang, name="x", url="https://hooks.example", kinds=["code.issued"], at=now.now()),
        lambda: services.rotate(wang, uuid, at=now.now()),
        lambda: services.test(wang, uuid, at=now.now()),
        lambda: services.remove(wang, uuid, at=now.now()),
    ):
        with pytest.raises(Refused):
            attempt()


@pytest.mark.usefixtures("secret")
def test_a_removed_endpoint_is_gone(receiver: Any, told: Told, hengyue: str, admin: Viewer, now: Any) -> None:
    uuid = _only().uuid
    with pytest.raises(UnknownMessageError):
        services.send_again(admin, uuid, 10**9, 0, at=now.now())
    services.remove(admin, uuid, at=now.now())
    assert told() == 0
    assert receiver.got == []
    with pytest.raises(UnknownEndpointError):
        queries.endpoint(admin, uuid, at=now.now())
    assert hengyue


def test_the_address_that_was_looked_at_is_the_one_that_is_asked(receiver: Any) -> None:
    """A name that means something else a moment later leads nowhere."""
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    from kehuma.apps.connectors import places  # noqa: PLC0415 - only here

    port = receiver.url.split(":")[2].split("/")[0]
    place = places.place(f"http://nowhere.invalid:{port}/x")
    allowed = networks("127.0.0.0/8", "")
    sender = sending.opened(place, ["whsec_eA=="], allowed=allowed, resolve=resolve)
    assert isinstance(sender, sending.Sender)
    with sender:
        assert sender.send("msg_1", b"{}", seconds=1).status == 200
        assert sender.send("msg_2", b"{}", seconds=1).status == 200
    assert asked == ["nowhere.invalid"]
    assert receiver.got[0].headers["host"] == f"nowhere.invalid:{port}"
    assert receiver.connections == 1
