"""From what the packages refuse to the problem that the API answers with."""

import logging
from collections.abc import Iterator, Mapping

from django.db import DatabaseError
from django.http import Http404
from ninja.errors import AuthenticationError, HttpError, ValidationError

from kehuma.api.problems import Fault, Problem, Remedy, fault, invalid
from kehuma.apps.audit.errors import LogKeyError
from kehuma.apps.codes import draft_errors, errors
from kehuma.apps.connectors import errors as connectors
from kehuma.apps.customers import errors as customers
from kehuma.apps.intake import errors as intake
from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.engine.coding.dictionaries import SymbolError
from kehuma.engine.coding.errors import CodingError, ReadError, SchemeError, WriteError
from kehuma.lib.tabular.errors import TabularError
from kehuma.lib.viewer import Refused

_log = logging.getLogger("kehuma.api")
_BUSY = {"Retry-After": "1"}
# Where in the request a package looked, of those that do not say it themselves.
_PLACES: Mapping[str, str] = {
    **dict.fromkeys(("unknown-column", "unknown-target", "target-twice", "name-missing"), "columns"),
    **dict.fromkeys(("source-missing", "source-long"), "source"),
    **dict.fromkeys(("file-large", "file-empty", "paste-empty"), "file"),
    **dict.fromkeys(("place-unusable", "place-user", "place-fragment", "place-unknown"), "url"),
    **dict.fromkeys(("place-private", "place-plain"), "url"),
    **dict.fromkeys(("kinds-none", "kinds-unknown"), "events"),
    **dict.fromkeys(("period-wrong", "period-empty"), "since"),
    "scheme-missing": "scheme",
    "no-rows": "rows",
    "bad-mode": "mode",
    "not-updatable": "duplicates",
}


def problem_of(error: Exception) -> Problem:
    """The problem that an error is; what nobody foresaw is told in the log and nowhere else."""
    match error:
        case Problem():
            return error
        case ValidationError():
            return invalid(*_of_request(error))
        case AuthenticationError():
            return Problem("unauthorised", headers={"WWW-Authenticate": 'Bearer realm="kehuma"'})
        case HttpError():
            cause = error.__cause__
            return cause if isinstance(cause, Problem) else Problem("not-json")
        case Refused():
            return Problem("forbidden", permission=error.permission)
        case Http404():
            return Problem("not-found")
        case intake.IntakeError() | connectors.ConnectorError() | StoreSealedError() | TabularError():
            return _of_others(error)
        case CodingError():
            return _refused(error)
        case DatabaseError():
            _log.error("the store refused", exc_info=error)
            return Problem("unavailable", headers=_BUSY)
        case _:
            _log.error("an operation broke", exc_info=error)
            return Problem("broken")


def faults_of(error: CodingError, place: str = "") -> list[Fault]:
    """What is wrong with which part; ``place`` is the member of the request in which the package looked."""
    if isinstance(error, customers.ValuesError):
        return [Fault(_joined(place, key), one, _nearest(one)) for key, one in error.faults.items()]
    if isinstance(error, errors.UnknownSchemeError):
        return [fault("scheme", "unknown-scheme", **error.facts)]
    if isinstance(error, WriteError) and (segment := error.facts.get("segment")):
        return [Fault(_joined(place or "facts", str(segment)), error, _nearest(error))]
    return [Fault(place or _place_of(error), error, _nearest(error))]


def _refused(error: CodingError) -> Problem:
    match error:
        case errors.RequestConflictError():
            return Problem("request-conflict", detail=error)
        case customers.OtherRequestError():
            faults = [fault(place, "other-than-before") for place in error.places]
            return Problem("request-conflict", detail=error, faults=faults)
        case customers.UnknownCustomerError() | customers.UnknownError() | draft_errors.UnknownCodeError():
            return Problem("not-found")
        case customers.ConflictError():
            return Problem("changed-meanwhile", detail=error)
        case errors.InstallationKeyError() | LogKeyError():
            _log.error("the register cannot be used: %s", error)
            return Problem("unavailable", headers=_BUSY)
        case WriteError() if error.message == "serial-exhausted":
            return Problem("conflict", detail=error)
        case errors.UnknownCounterError():
            return Problem("not-found")
        case (
            errors.UnknownSchemeError()
            | errors.StateReasonError()
            | errors.PersonalNoteError()
            | errors.AliasError()
            | errors.SchemeRefusedError()
            | WriteError()
            | ReadError()
            | SymbolError()
            | SchemeError()
            | customers.ValuesError()
            | customers.FieldError()
            | customers.FilterError()
        ):
            return Problem("invalid", detail=error, faults=faults_of(error))
        case _:
            return Problem("conflict", detail=error)


def _of_others(error: CodingError | TabularError) -> Problem:
    """What imports and webhooks refuse, and what cannot be done while the installation is sealed."""
    match error:
        case intake.UnknownImportError() | connectors.UnknownEndpointError() | connectors.UnknownMessageError():
            return Problem("not-found")
        case connectors.RequestConflictError():
            return Problem("request-conflict", detail=error)
        case StoreSealedError():
            return Problem("unavailable", detail=error)
        case TabularError():
            return invalid(Fault("file", error))
        case connectors.ConnectorError() if error.message == "name-missing":
            return invalid(Fault("name", error))
        case _ if error.message in _PLACES:
            return invalid(Fault(_PLACES[error.message], error))
        case _:
            return Problem("conflict", detail=error)


def _of_request(error: ValidationError) -> Iterator[Fault]:
    for one in error.errors:
        source, *path = one["loc"]
        # Of a body the first step is the name of our own argument.
        steps = path[1:] if source == "body" else path
        yield fault(".".join(map(str, steps)) or str(source), str(one["type"]), **one.get("ctx", {}))


def _place_of(error: CodingError) -> str:
    match error:
        case SymbolError():
            return f"entries.{error.facts['place']}.symbol"
        case SchemeError() | errors.SchemeRefusedError():
            return "source"
        case ReadError() | errors.AliasError():
            return "text"
        case errors.StateReasonError():
            return "reason"
        case errors.PersonalNoteError():
            return "note"
        case customers.FilterError():
            return str(error.facts["field"])
        case _:
            return ""


def _nearest(error: CodingError) -> Remedy | None:
    nearest = error.facts.get("nearest") or error.facts.get("known")
    return Remedy("nearest", nearest=nearest) if nearest else None


def _joined(place: str, part: str) -> str:
    return f"{place}.{part}" if place else part
