"""The program as a web server calls it."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kehuma.config.settings")
_answer = get_wsgi_application()
# Browsers speak TLS, with us or with the proxy in front of us: what they send must be compared with https addresses.
_SPEAKS_TLS = os.environ.get("KEHUMA_TLS") == "1"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request."""
    if _SPEAKS_TLS:
        environ["wsgi.url_scheme"] = "https"
    return _answer(environ, start_response)
