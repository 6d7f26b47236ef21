"""Everything there is to know about a scheme before it is published, in one report: the ``check`` of the command line.

>>> from kehuma.engine.coding.scheme_file import load_scheme
>>> report = inspect(load_scheme('''
... kehuma = 1
... name = "order"
... template = "SO-{serial:6}"
... '''))
>>> report.ok, report.capacity.per_key, report.longest, report.lints
(True, 999999, 9, ())
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kehuma.engine.coding.capacity import Capacity, capacity_of
from kehuma.engine.coding.errors import Language
from kehuma.engine.coding.examples import Failure, failures
from kehuma.engine.coding.grammar import Grammar, Permutation, compile_scheme
from kehuma.engine.coding.lints import Lint, lints_of
from kehuma.engine.coding.model import Scheme
from kehuma.engine.coding.proofs import Verdict, compatible, overlap, prove_keys, prove_loose, prove_unique


@dataclass(frozen=True, slots=True)
class Overlap:
    """A text that another scheme writes as well; ``is_declared`` where one of the two lists the other."""

    name: str
    witness: str
    is_declared: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. ``unique`` is the first proof that failed, or the one that held."""

    name: str
    example_count: int
    failures: tuple[Failure, ...]
    unique: Verdict
    overlaps: tuple[Overlap, ...]
    versions: tuple[Verdict, ...]
    capacity: Capacity
    longest: int
    lints: tuple[Lint, ...]

    @property
    def ok(self) -> bool:
        """Whether the scheme may be published: warnings and notices do not refuse it, errors do."""
        return (
            not self.failures
            and self.unique.ok
            and all(verdict.ok for verdict in self.versions)
            and all(overlap.is_declared for overlap in self.overlaps)
            and all(lint.severity != "error" for lint in self.lints)
        )

    def as_json(self, language: Language = "zh") -> dict[str, object]:
        """The report as ``check --json`` prints it; sentences are in the language asked for."""
        return {
            "ok": self.ok,
            "name": self.name,
            "examples": {
                "passed": self.example_count - len(self.failures),
                "failed": len(self.failures),
                "failures": [
                    {"number": failure.number, "text": failure.text, "reason": failure.reason.say(language)}
                    for failure in self.failures
                ],
            },
            "unique": _verdict_as_json(self.unique, language),
            "overlaps": [
                {"name": overlap.name, "witness": overlap.witness, "declared": overlap.is_declared}
                for overlap in self.overlaps
            ],
            "versions": [_verdict_as_json(verdict, language) for verdict in self.versions],
            "capacity": self.capacity.as_json(),
            "longest": self.longest,
            "lints": [_lint_as_json(lint, language) for lint in self.lints],
        }


def inspect(
    scheme: Scheme,
    *,
    parents: Mapping[str, Grammar] | None = None,
    others: Iterable[Grammar] = (),
    permutation: Permutation | None = None,
) -> Report:
    """The report on a scheme.

    ``parents`` are the schemes that its parent segment names, ``others`` all that its codes must not meet; one of the
    same name is an earlier version. SchemeError where the scheme cannot be compiled.
    """
    grammar = compile_scheme(scheme, parents=parents, permutation=permutation)
    known = [*(parents or {}).values(), *others]
    return Report(
        name=scheme.name,
        example_count=len(scheme.examples),
        failures=failures(grammar),
        unique=_proved(grammar),
        overlaps=_overlaps(grammar, [other for other in known if other.scheme.name != scheme.name]),
        versions=tuple(compatible(other, grammar) for other in known if other.scheme.name == scheme.name),
        capacity=capacity_of(grammar),
        longest=grammar.longest,
        lints=lints_of(grammar),
    )


def _proved(grammar: Grammar) -> Verdict:
    verdict = prove_unique(grammar)
    for proof in (prove_keys, prove_loose):
        if verdict.ok:
            verdict = proof(grammar)
    return verdict


def _overlaps(grammar: Grammar, others: Iterable[Grammar]) -> tuple[Overlap, ...]:
    found = []
    for other in others:
        name, witness = other.scheme.name, overlap(other, grammar)
        if witness is not None:
            is_declared = name in grammar.scheme.overlaps or grammar.scheme.name in other.scheme.overlaps
            found.append(Overlap(name, witness, is_declared))
    # A scheme that is both a parent and one of the others is told once.
    return tuple(dict.fromkeys(found))


def _verdict_as_json(verdict: Verdict, language: Language) -> dict[str, object]:
    return {
        "ok": verdict.ok,
        "witness": verdict.witness,
        "readings": [list(reading) for reading in verdict.readings],
        "reason": verdict.say(language),
    }


def _lint_as_json(lint: Lint, language: Language) -> dict[str, object]:
    return {
        "rule": lint.rule,
        "severity": lint.severity,
        "message": lint.say(language),
        "segment": lint.segment or None,
        "example": lint.example or None,
        "remedy": lint.remedy(language),
    }
