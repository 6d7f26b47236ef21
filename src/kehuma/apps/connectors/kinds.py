"""What other systems can be told: the kinds of events by their public names, and the public facts of each.

A message is thin. It says what happened to which code and when; who wants to know more asks the API, which looks at the
rights of the key. So no fact below is a value of a record: not a name, not a number of another system, not an owner.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kehuma.apps.audit.data import Testimony

Facts = Mapping[str, Any]
TEST = "webhook.test"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event by its public name, made of the events of ``sources``; ``facts`` says the public ones."""

    name: str
    sources: Sequence[str]
    facts: Callable[[Testimony], Facts]


def _code(event: Testimony) -> Facts:
    return {"code": event.subject}


def _code_or_count(event: Testimony) -> Facts:
    """Of many codes at once the codes stand beside the event; ``count`` where only their number is known."""
    many = event.detail.get("codes")
    return {"count": many} if isinstance(many, int) else {"code": event.subject}


def _state(event: Testimony) -> Facts:
    state = event.kind.removeprefix("codes.")
    states = {"voided": "void", "reinstated": "issued", "confirmed": "issued"}
    return {
        "code": event.subject,
        "state": states.get(state, state),
        "before": event.detail.get("before"),
        "by": event.detail.get("by"),
    }


def _alias(event: Testimony) -> Facts:
    count = event.detail.get("count", 1)
    system = event.detail.get("system") or None
    # Of several numbers the subject is their system.
    return {"code": event.subject, "system": system} if event.subject != system else {"system": system, "count": count}


def _changed(event: Testimony) -> Facts:
    if event.kind == "customers.changed":
        return {"code": event.subject, "fields": list(event.detail.get("fields", ()))}
    if event.kind == "customers.undone":
        return {"batch": event.subject, "count": event.detail.get("reverted", 0)}
    return _many(event)


def _many(event: Testimony) -> Facts:
    """One customer by its code, or how many of which batch."""
    count = event.detail.get("customers")
    if codes := event.detail.get("codes"):
        return {"codes": list(codes), "count": count or len(codes)}
    if count is None:
        return {"code": event.subject}
    batch = event.detail.get("batch", event.subject)
    if event.subject in {batch, "tags"}:
        return {"count": count, **({"batch": batch} if batch != "tags" else {})}
    return {"code": event.subject}


def _import(event: Testimony) -> Facts:
    figures = {name: event.detail[name] for name in ("created", "updated", "reverted") if name in event.detail}
    return {"import": event.subject, **figures}


def _scheme(event: Testimony) -> Facts:
    return {"scheme": event.subject, "version": event.detail.get("version")}


def _dictionary(event: Testimony) -> Facts:
    return {"dictionary": event.subject}


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind(
                "code.issued",
                ("codes.issued", "codes.issued-manually", "codes.adopted", "codes.confirmed"),
                _code_or_count,
            ),
            Kind("code.reserved", ("codes.reserved",), _code),
            Kind(
                "code.state_changed",
                ("codes.retired", "codes.superseded", "codes.merged", "codes.voided", "codes.reinstated"),
                _state,
            ),
            Kind("code.alias_changed", ("codes.alias-added", "codes.alias-ended", "codes.live-changed"), _alias),
            Kind("customer.created", ("customers.created", "customers.import-created"), _many),
            Kind(
                "customer.updated",
                (
                    "customers.changed",
                    "customers.import-updated",
                    "customers.restricted",
                    "customers.restriction-lifted",
                    "customers.consent-given",
                    "customers.consent-withdrawn",
                    "customers.bulk-edited",
                    "customers.tagged",
                    "customers.untagged",
                    "customers.undone",
                ),
                _changed,
            ),
            Kind(
                "customer.owner_changed",
                ("customers.claim", "customers.release", "customers.hand-over", "customers.auto-return"),
                _many,
            ),
            Kind("customer.deleted", ("customers.deleted",), _many),
            Kind("customer.restored", ("customers.restored",), _many),
            Kind("customer.erased", ("customers.erased",), _code),
            Kind("import.finished", ("intake.committed",), _import),
            Kind("import.undone", ("intake.undone",), _import),
            Kind("scheme.published", ("codes.scheme-published",), _scheme),
            Kind("dictionary.extended", ("codes.dictionary-extended",), _dictionary),
        )
    }
)
_OF_SOURCE = {source: kind for kind in KINDS.values() for source in kind.sources}


def kind_of(source: str) -> Kind:
    """The public kind of an event; KeyError where others are not told of it."""
    return _OF_SOURCE[source]


def sources(names: Sequence[str]) -> list[str]:
    """The events behind public kinds; names that are none are passed over."""
    return [source for name in names if name in KINDS for source in KINDS[name].sources]
