"""The part of a code that may change: a grade, an importance, the month of the last transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import aliases, naming, schemes
from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.errors import AliasError
from kehuma.apps.codes.issuing import as_issued
from kehuma.apps.codes.models import Code
from kehuma.apps.codes.states import locked
from kehuma.engine.coding.errors import ReadError
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Segment
from kehuma.engine.coding.snapshots import text_of


@transaction.atomic
def set_live(code: str, facts: Mapping[str, object], *, actor: str, at: datetime) -> IssuedCode:
    """Show a code with its live parts as these facts write them; parts not named stay, empty ones go.

    The form shown before stays an alias. UnknownCodeError, AliasError for a fact that is no live part, WriteError.
    """
    row = locked(code)
    grammar = _grammar(row, at)
    form = _form(grammar, row, facts, at)
    if form == row.form:
        return as_issued(row)
    before, row.form = row.form, form
    Code.objects.filter(pk=row.pk).update(form=form)
    aliases.add_alias(row.identity, before, kind=naming.FORM, actor=actor, at=at)
    audit.record("codes.live-changed", row.identity, {"before": before, "after": form}, actor=actor, at=at)
    return as_issued(row)


def _grammar(row: Code, at: datetime) -> Grammar:
    """The newest that reads the code as it is: its dictionaries know symbols that the code's own version may not."""
    newest = schemes.published(row.version.name, at).grammar
    try:
        return newest if newest.read(row.form).identity == row.identity else schemes.opened(row.version).grammar
    except ReadError:
        return schemes.opened(row.version).grammar


def _form(grammar: Grammar, row: Code, facts: Mapping[str, object], at: datetime) -> str:
    live = {_attribute(segment): segment for segment in grammar.segments if segment.live}
    if unknown := sorted(set(facts) - set(live)):
        raise AliasError("live-none", code=row.form, names=unknown)
    texts = [
        _written(segment, facts, grammar, at) if segment.live and _attribute(segment) in facts else text
        for segment, text in zip(grammar.segments, grammar.read(row.form).texts, strict=True)
    ]
    return grammar.read(grammar.code_of(texts)).code


def _attribute(segment: Segment) -> str:
    return getattr(segment, "attribute", None) or segment.name


def _written(segment: Segment, facts: Mapping[str, object], grammar: Grammar, at: datetime) -> str:
    named: Any = segment
    if hasattr(segment, "attribute"):
        named = replace(named, attribute=_attribute(segment))
    return text_of(named, facts, scheme=grammar.scheme, at=at)
