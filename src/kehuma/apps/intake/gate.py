"""What a row must pass before it can become a customer: clean values, known places and people, a possible code."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rapidfuzz import fuzz

from kehuma.apps.access import queries as access
from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import fields as record
from kehuma.apps.customers.coding import Facts
from kehuma.apps.customers.data import Value
from kehuma.apps.customers.fields import Field
from kehuma.apps.customers.owners import may_give
from kehuma.apps.customers.values import Cleaner
from kehuma.apps.intake.errors import IntakeError
from kehuma.apps.intake.headings import MATCH
from kehuma.apps.intake.plan import Plan, Reader
from kehuma.apps.intake.superiors import PARENT, Superiors
from kehuma.engine.coding.errors import CodingError
from kehuma.engine.coding.snapshots import Snapshot
from kehuma.lib.viewer import Viewer

# These are not values of the record itself.
_APART = frozenset({MATCH, "owner", PARENT})
# Attributes of rules that stand for a field under another name.
_FIELDS = {"province": "region", "city": "region", "division": "region", "type": "kind", "customer": "name"}
_REMEMBERED = 50_000
# Fields whose values come from a table, so that few of them stand in many rows.
_REPEATING = frozenset({"region", "industry", "country", "kind"})
_BETWEEN_PHONES = re.compile(r"[,;，；、|]+")
_MOBILE = re.compile(r"(\+?86)?1[3-9]\d{9}")
_AMBIGUOUS = frozenset({"place-ambiguous", "value-ambiguous"})
_NEAR = 75  # of 100


@dataclass(slots=True)
class Passed:
    """A row after the gate. With ``faults``, by field, it cannot come in; ``match`` is the customer it names by code."""

    texts: dict[str, str]
    values: dict[str, Value] = field(default_factory=dict)
    faults: dict[str, CodingError] = field(default_factory=dict)
    snapshot: Snapshot | None = None
    match: str = ""
    owner: int | None = None
    superior: str = ""


class Gate:
    """Checks rows of one plan; remembers what repeats. UnknownSchemeError where the rule is not published."""

    def __init__(self, plan: Plan, scheme: str, at: datetime, viewer: Viewer, source: str = "") -> None:
        self.table: Mapping[str, Field] = record.table()
        self.reader = Reader(plan)
        self.grammar = codes.grammar(scheme, at)
        self._at = at
        self._cleaner = Cleaner(self.table)
        self._facts = Facts(scheme, self.table, at)
        self._segments = {one.name: getattr(one, "attribute", "") or "" for one in self.grammar.segments}
        self._snapshots: dict[tuple[str, ...], Snapshot | CodingError] = {}
        self._refused: dict[tuple[str, str], CodingError] = {}
        self._owners: dict[str, int | None] = {}
        self._places: dict[tuple[str, ...], str] = {}
        places = plan.places()
        self._region = places.get("region", ())
        self._viewer = viewer
        self.superiors = Superiors(viewer, source) if PARENT in places else None

    def rows(self, rows: Sequence[tuple[Sequence[str], Mapping[str, str] | None]]) -> list[Passed]:
        """Rows (cells, and what of them was mended) with everything that is wrong with them."""
        texts = [self._texts(cells, mended) for cells, mended in rows]
        if self.superiors:
            self.superiors.look_up(one.get(PARENT, "") for one in texts)
        return [self.checked(one) for one in texts]

    def _texts(self, cells: Sequence[str], mended: Mapping[str, str] | None) -> dict[str, str]:
        texts = self.reader.texts(cells, mended)
        if self._region and "region" not in (mended or {}):
            texts["region"] = self._place(cells, texts["region"])
        return texts

    def checked(self, texts: dict[str, str]) -> Passed:
        """The same for texts that were read before."""
        _part_phones(texts)
        passed = Passed(texts)
        refused = {key: error for key in _REPEATING if (error := self._refused.get((key, texts.get(key, ""))))}
        given = {key: text for key, text in texts.items() if key not in _APART and key not in refused}
        cleaned = self._cleaner.clean(given, whole=True)
        passed.values, passed.faults = cleaned.values, {**cleaned.faults, **refused}
        for key in _REPEATING & cleaned.faults.keys():
            self._remember(key, texts.get(key, ""), cleaned.faults[key])
        if owner := texts.get("owner"):
            self._take_owner(passed, owner)
        if self.superiors and (superior := texts.get(PARENT)):
            self._take_superior(passed, self.superiors.of(superior))
        if code := texts.get(MATCH):
            self._take_match(passed, code)
        elif not passed.faults:
            self._take_snapshot(passed)
        return passed

    def field_of(self, error: CodingError) -> str:
        """The field that an error of the coding rule is about."""
        attribute = self._segments.get(str(error.facts.get("segment", "")), "")
        name = _FIELDS.get(attribute, attribute)
        return name if name in self.table else "code"

    def _remember(self, key: str, text: str, error: CodingError) -> None:
        """Finding out what an unknown place may have meant takes longer than all the rest of its row."""
        if len(self._refused) >= _REMEMBERED:
            self._refused.clear()
        self._refused[key, text] = error

    def _take_owner(self, passed: Passed, text: str) -> None:
        if text not in self._owners:
            found = access.colleague_named(text)
            self._owners[text] = found.id if found else None
        passed.owner = self._owners[text]
        if passed.owner is None:
            passed.faults["owner"] = IntakeError("unknown-owner", value=text)
        elif not may_give(self._viewer, passed.owner):
            passed.faults["owner"] = IntakeError("may-not-assign", value=text)

    def _take_superior(self, passed: Passed, found: str | CodingError) -> None:
        if isinstance(found, CodingError):
            passed.faults[PARENT] = found
        else:
            passed.superior = found

    def _take_match(self, passed: Passed, code: str) -> None:
        found = codes.resolve(code, suggest=False)
        if found.found and found.identity:
            passed.match = found.identity
            # What a new record must have, an old one has already.
            missing = [key for key, error in passed.faults.items() if error.message == "required"]
            for key in missing:
                del passed.faults[key]
        else:
            passed.faults[MATCH] = IntakeError("unknown-code", value=code)

    def _take_snapshot(self, passed: Passed) -> None:
        if self._facts.takes_parent and not passed.superior and (superior := passed.texts.get(PARENT)):
            passed.faults[PARENT] = IntakeError("superior-first", value=superior)
            return
        facts = self._facts.of(passed.values, passed.superior)
        found = self._snapshots.get(facts) or self._written(facts)
        if isinstance(found, CodingError):
            name = self.field_of(found)
            text = passed.texts.get(name, "")
            is_empty = not text and name in self.table
            passed.faults[name] = IntakeError("row-required", field=self.table[name].facts) if is_empty else found
        else:
            passed.snapshot = found

    def _written(self, facts: tuple[str, ...]) -> Snapshot | CodingError:
        given = dict(zip(self._facts.attributes, facts, strict=True))
        parent = given.pop("parent", "") or None
        found: Snapshot | CodingError
        try:
            found = self.grammar.snapshot(given, at=self._at, parent=parent)
        except CodingError as error:
            error.__context__ = None
            found = error.with_traceback(None)
        if len(self._snapshots) >= _REMEMBERED:
            self._snapshots.clear()
        self._snapshots[facts] = found
        return found

    def _place(self, cells: Sequence[str], whole: str) -> str:
        parts = tuple(cells[place].strip() for place in self._region)
        if parts not in self._places:
            if len(self._places) >= _REMEMBERED:
                self._places.clear()
            known = (text for text in (whole, *self.reader.ways("region", cells)) if self._is_place(text))
            self._places[parts] = next(known, whole)
        return self._places[parts]

    def _is_place(self, text: str) -> bool:
        return not self._cleaner.clean({"region": text}, whole=False).faults


def _part_phones(texts: dict[str, str]) -> None:
    """A cell with several telephone numbers gives each its place: landline, mobile, the rest to the notes."""
    several = [one.strip() for one in _BETWEEN_PHONES.split(texts.get("phone", "")) if one.strip()]
    if len(several) < 2:
        return
    mobile = next((one for one in several if _MOBILE.fullmatch(re.sub(r"[\s-]", "", one))), "")
    if mobile and not texts.get("mobile"):
        texts["mobile"] = mobile
        several.remove(mobile)
    texts["phone"], rest = several[0], several[1:]
    if rest:
        texts["notes"] = "；".join(filter(None, [texts.get("notes", ""), *rest]))


def suggestion_of(error: CodingError) -> str:
    """What was probably meant, where that is near enough to be taken over unread; else ""."""
    if suggestion := error.facts.get("suggestion"):
        return str(suggestion)
    value, nearest = str(error.facts.get("value", "")), error.facts.get("nearest")
    if error.message in _AMBIGUOUS:
        return ""
    names = [str(name) for name in nearest] if isinstance(nearest, (list, tuple)) else []
    return names[0] if names and _is_near(value.casefold(), names[0].casefold()) else ""


def _is_near(value: str, name: str) -> bool:
    is_part = len(name) > 1 and (name in value or value in name)
    return bool(value) and (is_part or fuzz.ratio(value, name) >= _NEAR)
