"""The register as people look through it: lists of codes, and all there is to say about one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from kehuma.apps.audit import queries as audit
from kehuma.apps.audit.data import Testimony
from kehuma.apps.codes import schemes
from kehuma.apps.codes.data import PublishedScheme
from kehuma.apps.codes.draft_errors import UnknownCodeError
from kehuma.apps.codes.models import Code, SchemeVersion, State
from kehuma.apps.codes.queries import as_published
from kehuma.engine.coding.errors import ReadError
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.normal import canonical, loose
from kehuma.lib.viewer import Viewer

STATES = tuple(State.values)
# Above every character that a code can hold.
_LAST = "\x7f"
_MOST = 400


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code in a list. ``grammar`` is that of the version it was given out by."""

    id: int
    code: str
    identity: str
    scheme: str
    version: int
    subject: str
    state: str
    number: int | None
    issued_at: datetime
    grammar: Grammar


@dataclass(frozen=True, slots=True)
class CodeRecord:
    """One code with everything known of it: ``texts`` were written at issue, by segment; ``events`` name it."""

    row: CodeRow
    published: PublishedScheme
    texts: Sequence[tuple[str, str]]
    counter_key: str
    dictionaries: Mapping[str, int]
    events: Sequence[Testimony]


def given_out(viewer: Viewer) -> QuerySet[Code]:
    """All codes, for a list."""
    viewer.require("codes.view")
    return Code.objects.select_related("version")


def of_schemes(codes: QuerySet[Code], names: Sequence[str]) -> QuerySet[Code]:
    """Those of some schemes."""
    versions = SchemeVersion.objects.filter(name__in=names).values_list("pk", flat=True)
    return codes.filter(version__in=list(versions))


def in_states(codes: QuerySet[Code], states: Sequence[str]) -> QuerySet[Code]:
    """Those in some states."""
    return codes.filter(state__in=states)


def beginning_with(codes: QuerySet[Code], text: str) -> QuerySet[Code]:
    """Those whose text begins so, separators and case aside; none for a text that no code can hold."""
    try:
        key = loose(text, most=_MOST)
    except ReadError:
        return codes.none()
    return codes.filter(loose__gte=key, loose__lt=key + _LAST)


def issued_between(codes: QuerySet[Code], first: date | None, last: date | None) -> QuerySet[Code]:
    """Those given out in these days, both included."""
    zone = timezone.get_default_timezone()
    if first is not None:
        codes = codes.filter(issued_at__gte=datetime.combine(first, time(), zone))
    if last is not None:
        codes = codes.filter(issued_at__lt=datetime.combine(last + timedelta(days=1), time(), zone))
    return codes


def rows(_viewer: Viewer, codes: Sequence[Code]) -> list[CodeRow]:
    """Records of a list as rows."""
    grammars = {
        pk: schemes.opened(version).grammar for pk, version in {one.version_id: one.version for one in codes}.items()
    }
    return [_as_row(code, grammars[code.version_id]) for code in codes]


def picked(viewer: Viewer, ids: Sequence[int], most: int) -> list[CodeRow]:
    """The codes of these rows, in the order of issue."""
    return rows(viewer, list(given_out(viewer).filter(pk__in=ids).order_by("pk")[:most]))


def named(viewer: Viewer, identities: Sequence[str]) -> list[CodeRow]:
    """The codes of these identity forms, in this order; texts that are none are passed over."""
    found = {row.identity: row for row in rows(viewer, list(given_out(viewer).filter(identity__in=identities)))}
    return [found[identity] for identity in identities if identity in found]


def identities(viewer: Viewer, texts: Sequence[str]) -> list[str]:
    """Those of these texts that are the identity forms of codes."""
    return list(given_out(viewer).filter(identity__in=texts).values_list("identity", flat=True))


def record(viewer: Viewer, text: str) -> CodeRecord:
    """All about the code with this identity form, in any case; UnknownCodeError."""
    viewer.require("codes.view")
    row = Code.objects.select_related("version", "counter").filter(identity__in=_forms(text)).first()
    if row is None:
        raise UnknownCodeError(text)
    published = schemes.opened(row.version)
    names = [segment.name for segment in published.grammar.segments]
    snapshot = row.snapshot if isinstance(row.snapshot, dict) else {}
    written = zip(names, snapshot.get("texts", ()), strict=False)
    return CodeRecord(
        row=_as_row(row, published.grammar),
        published=as_published(row.version),
        texts=[(name, part) for name, part in written if part],
        counter_key=row.counter.key if row.counter else "",
        dictionaries=snapshot.get("dictionaries", {}),
        events=audit.events(subject=row.identity),
    )


def number_by_scheme() -> Mapping[str, int]:
    """How many codes each scheme has given out."""
    counted = Code.objects.order_by().values("version__name").annotate(many=Count("id"))
    return dict(counted.values_list("version__name", "many"))


def _forms(text: str) -> set[str]:
    try:
        kept = canonical(text, most=_MOST, case_sensitive=True)
    except ReadError:
        return {text}
    return {text, kept, kept.upper()}


def _as_row(code: Code, grammar: Grammar) -> CodeRow:
    return CodeRow(
        id=code.pk,
        code=code.form,
        identity=code.identity,
        scheme=code.version.name,
        version=code.version.number,
        subject=code.version.subject,
        state=code.state,
        number=code.number,
        issued_at=code.issued_at,
        grammar=grammar,
    )
