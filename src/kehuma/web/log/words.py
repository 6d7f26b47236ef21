"""The events of one page in words: who did what to which code, with the names of today.

Names are read set-wise, so that a page of a hundred events asks no more than a page of ten.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.access import queries as access
from kehuma.apps.audit.data import Logged, Testimony
from kehuma.apps.codes import listing as register
from kehuma.apps.codes import queries as codes
from kehuma.apps.connectors.sharing import recipients
from kehuma.apps.customers.fields import table as field_table
from kehuma.lib.viewer import Viewer
from kehuma.web.log import kinds
from kehuma.web.pages import may_open

_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_NAME = re.compile(r"[\w-]+", re.ASCII)
_RECORDS = {
    "import": gettext_lazy("一批导入"),
    "sign-off": gettext_lazy("期间签核"),
    "alarm": gettext_lazy("一条提醒"),
}


@dataclass(frozen=True, slots=True)
class Thing:
    """What an event is about, in words, and where it leads ("" where nowhere)."""

    text: str = ""
    url: str = ""
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An event in a list."""

    logged: Logged
    what: str
    who: str
    about: Thing
    many: int

    @property
    def event(self) -> Testimony:
        """The event itself."""
        return self.logged.event


class Words:
    """Words for these events and for this viewer; ``actors`` are others whose names are asked for."""

    def __init__(self, viewer: Viewer, events: Iterable[Testimony], actors: Iterable[str] = ()) -> None:
        self.viewer, self._events, self._actors = viewer, list(events), set(actors)

    def line(self, logged: Logged) -> Line:
        """The event as a line."""
        event = logged.event
        return Line(logged, kinds.title(event.kind), self.who(event.actor), self.about(event), many(event))

    def who(self, actor: str) -> str:
        """The person or program by its name of today."""
        if name := self._names.get(actor):
            return name
        if actor.startswith("cli:"):
            return _("命令行（{name}）").format(name=actor.removeprefix("cli:"))
        if not actor or actor in {"kehuma", "system"}:
            return _("系统")
        return _("不再存在的用户") if _UUID.fullmatch(actor) else actor

    def about(self, event: Testimony) -> Thing:
        """What the event is about."""
        subject = event.subject
        match about := _about(event):
            case "code":
                return self._code(subject)
            case "scheme" | "dictionary":
                return self._named(about, subject)
            case "person":
                return self._person(subject)
            case "role":
                return Thing(self._roles.get(subject, ""), self._url("role", subject, subject in self._roles))
            case "recipient":
                return Thing(self._recipients.get(subject, ""), self._url(about, subject, subject in self._recipients))
            case "import" | "sign-off" | "alarm":
                return Thing(str(_RECORDS[about]), self._url(about, subject, is_uuid(subject)))
            case "team":
                return Thing(str(event.detail.get("name", "")))
            case "field":
                known = field_table().get(subject)
                return Thing(known.title(self.viewer.language) if known else subject)
            case "text":
                return Thing("" if _UUID.fullmatch(subject) else subject)
            case _:
                return Thing()

    def code(self, identity: str) -> Thing:
        """A code by its identity form, with its page where there is one for this viewer."""
        return Thing(identity, self._url("code", identity, identity in self._codes), is_code=True)

    def role(self, uuid: str) -> str:
        """A role by its name of today."""
        return self._roles.get(uuid, "")

    def _code(self, subject: str) -> Thing:
        if subject in self._codes:
            return self.code(subject)
        if subject in self._schemes:
            return self._named("scheme", subject)
        return Thing("" if _UUID.fullmatch(subject) or subject == "customers" else subject)

    def _named(self, page: str, name: str) -> Thing:
        return Thing(name, self._url(page, name, bool(_NAME.fullmatch(name))))

    def _person(self, subject: str) -> Thing:
        return Thing(self.who(subject), self._url("user", subject, bool(_UUID.fullmatch(subject))))

    def _url(self, page: str, key: str, is_there: object) -> str:
        return reverse(page, args=[key]) if is_there and may_open(self.viewer, page) else ""

    @cached_property
    def _names(self) -> Mapping[str, str]:
        people = self._actors | {event.actor for event in self._events}
        people |= {reader for event in self._events if isinstance(reader := event.detail.get("reader"), str)}
        return access.names_by_actor(
            people | {event.subject for event in self._events if _UUID.fullmatch(event.subject)}
        )

    @cached_property
    def _roles(self) -> Mapping[str, str]:
        # Events of the first hour name it by its key.
        language = self.viewer.language
        return {name: role.title(language) for role in access.roles() for name in (str(role.uuid), role.key) if name}

    @cached_property
    def _recipients(self) -> Mapping[str, str]:
        return recipients.names([event.subject for event in self._events if _about(event) == "recipient"])

    @cached_property
    def _codes(self) -> frozenset[str]:
        asked = {event.subject for event in self._events if _is_about_code(event)}
        for event in self._events:
            asked |= {text for text in (event.detail.get("by"), *_texts(event.detail.get("codes"))) if text}
        if not asked or not self.viewer.may("codes.view"):
            return frozenset()
        return frozenset(register.identities(self.viewer, sorted(asked)))

    @cached_property
    def _schemes(self) -> frozenset[str]:
        return frozenset(one.name for one in codes.versions())


def many(event: Testimony) -> int:
    """How many codes or customers the event is about where that is told, otherwise 0."""
    held = event.detail.get("members")
    if isinstance(held, Mapping):
        return int(held.get("count", 0))
    for key in ("customers", "codes", "rows", "subjects"):
        if isinstance(count := event.detail.get(key), int):
            return count
    return 0


def is_uuid(text: str) -> bool:
    """Whether a text is the mark of a row, which says nothing to people."""
    return bool(_UUID.fullmatch(text))


def _about(event: Testimony) -> str:
    return kinds.KINDS[event.kind].about if event.kind in kinds.KINDS else ""


def _is_about_code(event: Testimony) -> bool:
    return _about(event) == "code"


def _texts(value: object) -> Sequence[str]:
    return [one for one in value[:20] if isinstance(one, str)] if isinstance(value, list) else ()
