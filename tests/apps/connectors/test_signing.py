"""The signature that receivers check, against vectors made by another program."""

import base64
import doctest
import json
from types import ModuleType

import pytest

from kehuma.apps.connectors import patience, places, signing
from kehuma.lib import networks

SECRET = "whsec_a2VodW1hLXRlc3Qtc2VjcmV0LTI0Ynl0"
# Made with the standardwebhooks library 1.1.0.
VECTORS = [
    ("msg_0", 1795308692, '{"type":"customer.code.issued","timestamp":"2026-11-22T00:51:32+00:00","data":{"code":"BJ-IT-0001"}}', "v1,utVsuvhg8ocRPkk3lgvSvtOZPGWNkVOUhcsVW+agVEw="),
    ("msg_1", 1795308693, '{"type":"customer.updated","timestamp":"2026-11-22T00:51:33+00:00","data":{"code":"BJ-IT-0001","changed":["name"],"name":"海信集团"}}', "v1,tAoHnCIPsHUAVvoaYhqevwbSxk9FQTiM8ABEAOHCT5I="),
    ("msg_2", 1795308694, '{"type":"customer.merged","timestamp":"2026-11-22T00:51:34+00:00","data":{"survivor":"BJ-IT-0001","retired":["BJ-IT-0042"]}}', "v1,Xam5HKbEkoQoadZQO2RNtUQytcJLTX/WzwFzQjt1Hr8="),
]  # fmt: skip


@pytest.mark.parametrize(("message", "seconds", "body", "wanted"), VECTORS, ids=[one[0] for one in VECTORS])
def test_the_signature_is_the_one_of_the_standard(message: str, seconds: int, body: str, wanted: str) -> None:
    assert signing.signature(message, seconds, body.encode(), [SECRET]) == wanted


def test_the_signature_speaks_of_every_byte_of_id_time_and_body() -> None:
    told = json.dumps({"code": "BJ-IT-0001"}).encode()
    once = signing.signature("msg_0", 1795308692, told, [SECRET])
    assert signing.signature("msg_1", 1795308692, told, [SECRET]) != once
    assert signing.signature("msg_0", 1795308993, told, [SECRET]) != once
    assert signing.signature("msg_0", 1795308692, told + b" ", [SECRET]) != once


def test_while_two_secrets_count_both_sign() -> None:
    other = signing.new_secret()
    both = signing.signature("msg_0", 1795308692, b"{}", [other, SECRET]).split(" ")
    assert both == [signing.signature("msg_0", 1795308692, b"{}", [one]) for one in (other, SECRET)]


def test_a_secret_has_as_much_chance_as_the_standard_asks_for() -> None:
    made = {signing.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(len(base64.b64decode(one.removeprefix("whsec_"))) == 32 for one in made)


@pytest.mark.parametrize("module", [networks, patience, places, signing], ids=lambda module: module.__name__)
def test_the_examples_of_a_module_run(module: ModuleType) -> None:
    failed, tried = doctest.testmod(module)
    assert tried
    assert not failed
