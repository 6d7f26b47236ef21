"""The certificate of a code: to print with its QR symbol, and as files that prove it without kehuma."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.access import queries as access
from kehuma.apps.audit import keyring, proving
from kehuma.apps.audit.errors import LogError, NotCertifiedError
from kehuma.apps.audit.proving import Certificate
from kehuma.apps.codes import certifying, listing
from kehuma.apps.codes.draft_errors import UnknownCodeError
from kehuma.apps.codes.listing import CodeRow
from kehuma.lib import clock
from kehuma.web.coding.register import code_badge
from kehuma.web.coding.symbols import qr
from kehuma.web.log.files import download
from kehuma.web.pages import Request, page, show


@dataclass(frozen=True, slots=True)
class Certified:
    """The certificate, or why there is none (yet)."""

    made: Certificate | None
    is_pending: bool = False
    reason: str = ""


@page("certificates/<path:code>/", name="code-certificate", needs="codes.view")
def certificate(request: Request, code: str) -> HttpResponse:
    """The certificate of a code as a page to print."""
    row = _row(request, code)
    found = _certified(request, row)
    made = found.made
    facts = {
        "row": row,
        "found": found,
        "badge": code_badge(row).to(""),
        "organisation": access.organisation_name(),
        "symbol": qr(row.code, label=_("编码的二维码")),
        "lines": made.text.splitlines() if made else (),
        "key": _key() if made else "",
        "crumbs": [
            (reverse("codes"), _("编码台账")),
            (reverse("code", args=[row.identity]), row.code),
            ("", _("证书")),
        ],
    }
    return show(request, "log/certificate.html", facts)


@page("certificate-file/<path:code>/", name="code-certificate-file", needs="codes.view")
def certificate_file(request: Request, code: str) -> HttpResponse:
    """The certificate as a file."""
    row, made = _made(request, code)
    return download(made.text, f"{row.identity}.tlog-proof")


@page("certificate-opening/<path:code>/", name="code-opening-file", needs="codes.view")
def opening_file(request: Request, code: str) -> HttpResponse:
    """What says that the certificate is about this code."""
    row, made = _made(request, code)
    return download(proving.as_text(made.opening), f"{row.identity}.tlog-proof.opening.json")


def _row(request: Request, code: str) -> CodeRow:
    try:
        return listing.record(request.viewer, code).row
    except UnknownCodeError as error:
        raise Http404(code) from error


def _made(request: Request, code: str) -> tuple[CodeRow, Certificate]:
    row = _row(request, code)
    found = _certified(request, row)
    if found.made is None:
        raise Http404(code)
    return row, found.made


def _certified(request: Request, row: CodeRow) -> Certified:
    try:
        return Certified(certifying.certificate(row.identity, at=clock.now()))
    except NotCertifiedError as error:
        return Certified(None, error.message == "pending", error.say(request.viewer.language))
    except LogError as error:
        return Certified(None, reason=error.say(request.viewer.language))


def _key() -> str:
    ring = keyring.recalled()
    return str(ring.verifier) if ring else ""
