"""Webhooks over the API."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from kehuma.client.answers import Answer, moment
from kehuma.client.asking import Asking, given


class Webhooks(Asking):
    """Who is told what happens."""

    def add_webhook(self, name: str, url: str, events: Sequence[str]) -> Answer:
        """A new endpoint; its ``secret`` is in this answer only."""
        body = {"name": name, "url": url, "events": list(events)}
        # Asked again after a lost reply there would be two of them.
        found: Answer = self._ask("POST", "/webhooks", json=body, again=False).json()
        return found

    def webhooks(self) -> Iterator[Answer]:
        """All endpoints."""
        return self._all("/webhooks", {})

    def webhook(self, endpoint: str) -> Answer:
        """One endpoint and its last attempts."""
        return self._json("GET", f"/webhooks/{endpoint}")

    def change_webhook(
        self, endpoint: str, *, name: str | None = None, url: str | None = None, events: Sequence[str] | None = None
    ) -> Answer:
        """Another name, another address, other events."""
        body = given(name=name, url=url, events=list(events) if events is not None else None)
        return self._json("PATCH", f"/webhooks/{endpoint}", json=body)

    def rotate_webhook_secret(self, endpoint: str, *, overlap_hours: int = 168) -> Answer:
        """A new ``secret``; the one before it signs as well for some hours."""
        body = {"overlap_hours": overlap_hours}
        found: Answer = self._ask("POST", f"/webhooks/{endpoint}/secret", json=body, again=False).json()
        return found

    def test_webhook(self, endpoint: str) -> Answer:
        """Send a test message, and what came of it."""
        return self._json("POST", f"/webhooks/{endpoint}/test")

    def pause_webhook(self, endpoint: str) -> Answer:
        """Send nothing for the time being."""
        return self._json("POST", f"/webhooks/{endpoint}/pause")

    def resume_webhook(self, endpoint: str, *, skip: bool = False) -> Answer:
        """Go on where it ended; with ``skip`` only with what happens from now on."""
        return self._json("POST", f"/webhooks/{endpoint}/resume", json={"skip": skip})

    def undelivered(self, endpoint: str) -> Iterator[Answer]:
        """The messages that the endpoint would not take."""
        return self._all(f"/webhooks/{endpoint}/undelivered", {})

    def resend(self, endpoint: str, entry: int, part: int = 0) -> None:
        """Send one message once more."""
        self._ask("POST", f"/webhooks/{endpoint}/resend", json={"entry": entry, "part": part})

    def replay(self, endpoint: str, since: datetime, until: datetime) -> int:
        """Tell a period once more; how many events."""
        body = {"since": moment(since), "until": moment(until)}
        return int(self._ask("POST", f"/webhooks/{endpoint}/replay", json=body, again=False).json()["events"])

    def remove_webhook(self, endpoint: str) -> None:
        """Forget an endpoint."""
        self._ask("DELETE", f"/webhooks/{endpoint}", is_gone_fine=True)
