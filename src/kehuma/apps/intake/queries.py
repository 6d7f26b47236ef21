"""Reads of the intake. Who imports sees their own batches; who reaches all customers sees all of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from django.db.models import Count, F, QuerySet, Window

from kehuma.apps.access import queries as access
from kehuma.apps.customers import fields as record
from kehuma.apps.customers.fields import Field
from kehuma.apps.intake import contents, headings, staging
from kehuma.apps.intake.checking import plan_of
from kehuma.apps.intake.data import Column, DuplicateRow, FaultRow, Import, Slice
from kehuma.apps.intake.errors import IntakeError, UnknownImportError
from kehuma.apps.intake.headings import MATCH
from kehuma.apps.intake.mending import is_updatable
from kehuma.apps.intake.models import ImportBatch, ImportFault, ImportRow, Source, State
from kehuma.apps.intake.plan import Reader
from kehuma.apps.intake.running import DEAD_AFTER
from kehuma.engine.coding.errors import Language
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer

_PAGE = 20
_EXAMPLES = 3
# Columns of the file to download: what most lists have.
TEMPLATE = (
    "own_number", "name", "kind", "uscc", "region", "industry", "address", "contact_name", "mobile", "phone", "email",
    "source", "tags", "notes",
)  # fmt: skip


def imports(viewer: Viewer, limit: int = 50) -> list[Import]:
    """The newest batches."""
    return [as_import(batch) for batch in contents.opened(_visible(viewer).order_by("-id")[:limit])]


def waiting(viewer: Viewer) -> int:
    """How many batches wait for a person: checked, stopped or failed."""
    waiting = (State.CHECKED, State.STOPPED, State.FAILED)
    return _visible(viewer).filter(state__in=waiting, cleared_at=None).count()


def imported(viewer: Viewer, uuid: UUID) -> Import:
    """One batch; UnknownImportError, StoreSealedError."""
    batch = batch_of(viewer, uuid)
    if batch.cleared_at is None:
        contents.key_of(batch)
    return as_import(batch)


def batch_of(viewer: Viewer, uuid: UUID) -> ImportBatch:
    """The row of a batch within the viewer's reach."""
    batch = _visible(viewer).filter(uuid=uuid).first()
    if batch is None:
        raise UnknownImportError
    return contents.opened_one(batch)


def targets(table: Mapping[str, Field] | None = None) -> dict[str, Field]:
    """The fields that a column can go into."""
    table = record.table() if table is None else table
    return {
        key: field
        for key, field in table.items()
        if key in (MATCH, "owner", "parent") or (field.importable and field.editable)
    }


def title_of(table: Mapping[str, Field], key: str) -> dict[str, str]:
    """The title of a field in both languages."""
    field = table.get(key)
    return dict(field.facts) if field else {"zh": key, "en": key}


def columns(one: Import) -> list[Column]:
    """The columns with the fields that they have, or that they probably are."""
    source = Source.objects.filter(name=one.source or suggested_source(one)).first()
    chosen = one.columns or headings.suggested(
        one.header, one.sample, targets(), source.columns if source else _nearest(one.header)
    )
    found = [_column(one, index, name, chosen.get(name, "")) for index, name in enumerate(one.header)]
    if one.columns:
        return found
    # A list of another system names that system's people: who is nobody here owns nothing here.
    return [column if column.target != "owner" or _are_here(column) else replace(column, target="") for column in found]


def suggested_source(one: Import) -> str:
    """Where the list probably comes from: a system known by its heads, a source with the same columns, the file's name."""
    if one.source:
        return one.source
    if system := headings.system_of(one.header):
        return system
    named = set(one.header)
    for source in Source.objects.order_by("-used_at")[:50]:
        if named == set(source.columns):
            return source.name
    return headings.stem(one.name)


def sources() -> list[str]:
    """The names used before."""
    return list(Source.objects.order_by("-used_at").values_list("name", flat=True)[:50])


def scheme_of(source: str) -> str:
    """The coding rule last used for a source."""
    return Source.objects.filter(name=source).values_list("scheme", flat=True).first() or ""


def tally(one: Import) -> dict[str, int]:
    """How many rows would be created, updated, skipped, are faulty, wait for a decision."""
    return staging.tally(ImportBatch.objects.get(uuid=one.uuid))


def fault_counts(one: Import) -> list[tuple[str, int, int]]:
    """Per field the number of faulty values, and how many of them have a suggestion; most first."""
    rows = ImportFault.objects.filter(batch__uuid=one.uuid).values_list("field")
    with_suggestion = ImportFault.objects.filter(batch__uuid=one.uuid, is_suggested=True).values_list("field")
    suggested = dict(with_suggestion.annotate(n=Count("id")).order_by())
    found = rows.annotate(n=Count("id")).order_by("-n", "field")
    return [(field, count, suggested.get(field, 0)) for field, count in found]


def faults(one: Import, field: str = "", start: int = 0, size: int = _PAGE) -> Slice:
    """What is wrong, by row; of one field or of all."""
    batch = _batch(one)
    found = ImportFault.objects.filter(batch=batch)
    found = found.filter(field=field) if field else found
    alike = Window(Count("id"), partition_by=[F("field"), F("alike")])
    page = found.select_related("row").annotate(alikes=alike).order_by("row__number", "id")[start : start + size]
    return Slice(_fault_rows(batch, page), start, found.count())


def faults_of(one: Import, number: int) -> list[FaultRow]:
    """What is wrong with one row."""
    batch = _batch(one)
    found = ImportFault.objects.filter(batch=batch, row__number=number).select_related("row").order_by("id")
    return _fault_rows(batch, found)


def damaged(one: Import, limit: int = _PAGE) -> list[FaultRow]:
    """Rows that cannot be read at all."""
    batch = _batch(one)
    found = ImportRow.objects.filter(batch=batch, state=staging.FAULT, is_damaged=True).order_by("number")[:limit]
    return [
        FaultRow(row.number, "", "", ",".join(row.cells)[:100], row.error["zh"], row.error["en"], "")
        for row in staging.rows(batch, found)
    ]


def duplicates(one: Import, start: int = 0, size: int = _PAGE, *, is_open: bool = False) -> Slice:
    """Rows that may be somebody we have; ``is_open`` leaves out the decided ones."""
    batch = _batch(one)
    found = ImportRow.objects.filter(batch=batch, state=staging.DUPLICATE).order_by("number")
    found = found.filter(decision="") if is_open else found
    reader = Reader(plan_of(batch))
    rows = [_duplicate_row(row, reader) for row in staging.rows(batch, found[start : start + size])]
    return Slice(rows, start, found.count())


def rejected(viewer: Viewer, uuid: UUID, language: Language) -> Iterator[list[str]]:
    """The rows that did not come in, as a table to mend and to upload again; the head first."""
    batch = batch_of(viewer, uuid)
    if batch.cleared_at is not None:
        raise IntakeError("cleared")
    key, header = contents.key_of(batch), batch.contents.header
    front = headings.ours(header)
    yield [*headings.OUR_COLUMNS[language], *header[front:]]
    table = record.table()
    reader = Reader(plan_of(batch))
    rows = ImportRow.objects.filter(batch=batch).order_by("number").prefetch_related("faults")
    rows = rows.filter(outcome="rejected") | rows.filter(outcome="", state=staging.FAULT)
    for stored in rows.iterator(chunk_size=1_000):
        row = staging.as_row(stored, key)
        cells = list(row.cells)
        for field, text in row.mended.items():
            if (place := reader.place_of(field)) is not None:
                cells[place] = text
        wrong = [staging.as_fault(fault, row.number, key) for fault in stored.faults.all()]
        names = "、".join(title_of(table, fault.field)[language] for fault in wrong)
        reasons = "；".join(getattr(fault, language) for fault in wrong) or row.error.get(language, "")
        yield [str(row.number), names, reasons, *cells[front:]]


def number_rejected(one: Import) -> int:
    """How many rows did not come in."""
    rows = ImportRow.objects.filter(batch__uuid=one.uuid)
    return (rows.filter(outcome="rejected") | rows.filter(outcome="", state=staging.FAULT)).count()


def template(language: Language) -> list[str]:
    """The head of a file to fill in."""
    table = record.table()
    own = [field for field in table.values() if field.store == "custom"]
    return [field.title(language) for field in [*(table[key] for key in TEMPLATE), *own]]


def as_import(batch: ImportBatch) -> Import:
    """A batch as a value."""
    held = batch.contents
    reading = held.reading
    is_running = batch.state in (State.CHECKING, State.COMMITTING)
    return Import(
        uuid=batch.uuid,
        name=held.name,
        state=batch.state,
        source=batch.source,
        scheme=batch.scheme,
        mode=batch.mode,
        kind=reading.get("kind", ""),
        encoding=reading.get("encoding", ""),
        delimiter=reading.get("delimiter", ""),
        sheet=reading.get("sheet", ""),
        sheets=reading.get("sheets", []),
        header_row=reading.get("header_row") or 1,
        header=held.header,
        sample=held.sample,
        columns=held.columns,
        actor=batch.actor,
        size=batch.size,
        expected=batch.expected,
        done=batch.done,
        counts=batch.counts,
        estimate=held.estimate,
        error=batch.error,
        customer_batch=batch.customer_batch,
        created_at=batch.created_at,
        progressed_at=batch.progressed_at,
        finished_at=batch.finished_at,
        cleared_at=batch.cleared_at,
        is_dead=is_running and batch.progressed_at < clock.now() - DEAD_AFTER,
        is_sealed=batch.key is None and batch.cleared_at is None,
    )


def _visible(viewer: Viewer) -> QuerySet[ImportBatch]:
    # What was uploaded holds telephone numbers in clear: others see it only who would see them anyway.
    if viewer.scope == "all" and viewer.may_see("personal") and viewer.may_see("sensitive"):
        return ImportBatch.objects.all()
    return ImportBatch.objects.filter(user=viewer.user_id)


def _nearest(header: Sequence[str]) -> dict[str, str]:
    """What the newest source with the same columns made of them."""
    for source in Source.objects.order_by("-used_at")[:50]:
        if set(header) <= set(source.columns):
            return dict(source.columns)
    return {}


def _column(one: Import, index: int, name: str, target: str) -> Column:
    cells = [row[index] for row in one.sample if row[index].strip()]
    return Column(name, target, list(dict.fromkeys(cells))[:_EXAMPLES], len(cells))


def _are_here(column: Column) -> bool:
    return any(access.colleague_named(name) for name in column.examples)


def _batch(one: Import) -> ImportBatch:
    """The opened row of a batch; StoreSealedError, IntakeError where it was cleared."""
    batch = contents.opened_one(ImportBatch.objects.get(uuid=one.uuid))
    contents.key_of(batch)
    return batch


def _fault_rows(batch: ImportBatch, page: Iterable[ImportFault]) -> list[FaultRow]:
    key = contents.key_of(batch)
    return [_fault_row(one, staging.as_fault(one, one.row.number, key), staging.as_row(one.row, key)) for one in page]


def _fault_row(stored: ImportFault, fault: staging.Fault, row: staging.Row) -> FaultRow:
    return FaultRow(
        number=row.number,
        title=row.title,
        field=fault.field,
        value=fault.value,
        zh=fault.zh,
        en=fault.en,
        suggestion=fault.suggestion,
        alike=getattr(stored, "alikes", 1),
    )


def _duplicate_row(row: staging.Row, reader: Reader) -> DuplicateRow:
    return DuplicateRow(
        number=row.number,
        title=row.title,
        others=row.duplicates,
        decision=row.decision,
        is_updatable=is_updatable(row.duplicates),
        values=reader.texts(row.cells, row.mended),
    )
