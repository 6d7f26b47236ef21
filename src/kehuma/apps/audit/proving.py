"""Certificates: that the log holds the event of a code, with what is needed to read the code in it.

A certificate is a C2SP tlog-proof with the entry in it; the opening beside it says what the entry's commitments stand
for. Both are texts that anybody can check offline and for ever, who has the public key of the log.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from kehuma.apps.audit import checkpoints, members, sequencing, tree
from kehuma.apps.audit.entries import Fact, Members, Salts, commitment, entry, parsed
from kehuma.apps.audit.errors import LogError, NotCertifiedError, WitnessError
from kehuma.apps.audit.keyring import Keyring, keyring
from kehuma.apps.audit.models import Event, Extent, Leaf, LogCheckpoint
from kehuma.engine.merkle.certificates import Certified, Proof, verified
from kehuma.engine.merkle.checkpoints import Trust
from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.notes import Note
from kehuma.engine.merkle.proofs import check_inclusion
from kehuma.engine.merkle.tree import leaf_hash

FORMAT = "kehuma-opening/1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is handed out for a code, and where its event stands in the log."""

    text: str
    opening: Mapping[str, Any]
    kind: str
    at: datetime
    index: int
    size: int


class Checked(NamedTuple):
    """What a certificate with its opening proves to somebody who trusts the key of the log."""

    value: Any
    entry: Mapping[str, Any]
    certified: Certified


def certificate(name: str, *, relation: str, kinds: Sequence[str], at: datetime) -> Certificate:
    """The certificate of the row that is called ``name`` in ``relation`` (``table.column``).

    It is that of the first event of these ``kinds`` about it alone, or of the event of many rows that it is one of.
    NotCertifiedError where there is no such event or it is not in the log yet.
    """
    ring = keyring(at)
    alone = Event.objects.filter(kind__in=kinds, subject=name).order_by("id").first()
    if alone is not None:
        return _certified(ring, alone, None, name, at)
    number = members.id_of(relation, name)
    extents: QuerySet[Extent] = Extent.objects.filter(relation=relation, first__lte=number or 0)
    extent = extents.select_related("event").order_by("-first").first()
    if number is None or extent is None or extent.last < number:
        raise NotCertifiedError("no-event", subject=name)
    return _certified(ring, extent.event, number, name, at)


def of_event(uuid: UUID, *, at: datetime) -> Certificate:
    """The certificate of an event, which opens what it is about. NotCertifiedError where it is not in the log yet."""
    event = Event.objects.get(uuid=uuid)
    return _certified(keyring(at), event, None, str(uuid), at)


def checked(text: str, opening: Mapping[str, Any] | None, trust: Trust) -> Checked:
    """What a certificate proves; ``value`` is what the opening opens, None without one. MerkleError, LogError."""
    certified = verified(text, trust)
    body = parsed(certified.entry)
    return Checked(_opened(body, opening) if opening is not None else None, body, certified)


def _certified(ring: Keyring, event: Event, row: int | None, name: str, at: datetime) -> Certificate:
    leaf = Leaf.objects.filter(event=event).first()
    if leaf is None:
        raise NotCertifiedError("pending", subject=name)
    salts = Salts(ring.secret)
    fact = Fact(event.pk, event.uuid.hex, event.at, event.actor, event.kind, event.subject, event.detail)
    held = Members(leaf.count, bytes(leaf.members)) if leaf.members is not None else None
    opening = _subject(salts, fact) if row is None else _member(salts, fact, row, name)
    note, size = _note(ring, leaf.pk, at)
    proof = Proof(leaf.pk, tree.inclusion(leaf.pk, size), note, extra=entry(salts, fact, held))
    text = str(proof)
    # What is handed out is checked first: a certificate that fails at the other end helps nobody.
    try:
        checked(text, opening, ring.trust)
    except MerkleError as error:
        raise WitnessError("log-forked", size=size) from error
    return Certificate(text, opening, event.kind, event.at, leaf.pk, size)


def _note(ring: Keyring, index: int, at: datetime) -> tuple[Note, int]:
    """A checkpoint that covers the leaf: the newest that is stored, or one made and stored now."""
    newest = LogCheckpoint.objects.filter(size__gt=index).order_by("-size").first()
    text = newest.note if newest else checkpoints.kept(ring, at, is_wanted=True)
    return Note.parse(text), checkpoints.size_of(text)


def _subject(salts: Salts, fact: Fact) -> dict[str, Any]:
    salt = salts.of(fact.event, "subject")
    return {"format": FORMAT, "event": fact.event, "field": "subject", "salt": salt.hex(), "value": fact.subject}


def _member(salts: Salts, fact: Fact, row: int, name: str) -> dict[str, Any]:
    extents = sequencing.extents_of([fact.id])[fact.id]
    hashes = members.leaves(salts, fact.event, members.names_of(extents))
    index = members.place_of(extents, row)
    return {
        "format": FORMAT,
        "event": fact.event,
        "member": index,
        "salt": members.salt_of(salts.of(fact.event, "members"), index).hex(),
        "value": name,
        "path": [base64.b64encode(one).decode() for one in members.path_of(hashes, index)],
    }


def _opened(body: Mapping[str, Any], opening: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever was committed to
    """The opened value, if the entry commits to it; LogError otherwise."""
    try:
        if opening["format"] != FORMAT or opening["event"] != body["event"]:
            raise LogError("opening-other")
        salt, value = bytes.fromhex(opening["salt"]), opening["value"]
        if "field" in opening:
            good = commitment(salt, value).hex() == body[opening["field"]]
        else:
            path = [base64.b64decode(one, validate=True) for one in opening["path"]]
            held, leaf = body["members"], leaf_hash(salt + value.encode("utf-8", "surrogatepass"))
            check_inclusion(leaf, opening["member"], held["count"], path, bytes.fromhex(held["root"]))
            good = len(salt) == 16
    except MerkleError as error:
        raise LogError("opening-wrong") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, LogError):
            raise
        raise LogError("opening-form") from error
    if not good:
        raise LogError("opening-wrong")
    return value


def as_text(opening: Mapping[str, Any]) -> str:
    """An opening as it is written to a file."""
    return json.dumps(opening, ensure_ascii=False, indent=1) + "\n"
