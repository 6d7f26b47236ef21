"""The worker tells others: a slow receiver keeps only itself waiting, a broken one ends nothing."""

import logging
import threading
from datetime import datetime

import pytest

from kehuma.apps.connectors import services
from kehuma.cli.telling import Telling


def test_a_slow_endpoint_does_not_keep_the_others_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    is_slow, both = threading.Event(), threading.Event()

    def deliver(number: int, _at: datetime) -> int:
        if number == 1:
            is_slow.wait(10)
        told.append(number)
        if told.count(2) == 2:
            both.set()
        return 0

    monkeypatch.setattr(services, "due", lambda _at: [1, 2])
    monkeypatch.setattr(services, "deliver", deliver)
    telling = Telling()
    while not both.wait(0.01):
        telling.go()
    assert 1 not in told, "and it is not begun twice"
    is_slow.set()
    telling.wait()
    assert told.count(1) == 1


def test_what_breaks_is_told_in_the_log_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def deliver(_number: int, _at: datetime) -> int:
        raise RuntimeError("broken")

    caplog.set_level(logging.ERROR, "kehuma.worker")
    monkeypatch.setattr(services, "due", lambda _at: [1])
    monkeypatch.setattr(services, "deliver", deliver)
    telling = Telling()
    for _ in range(2):
        telling.go()
        telling.wait()
    assert caplog.text.count("telling an endpoint failed") == 2
