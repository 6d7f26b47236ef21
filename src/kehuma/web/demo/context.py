"""What templates are told of a demonstration."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from kehuma.lib.demo import stage


def demo(_: HttpRequest) -> dict[str, Any]:
    """The mark of the demonstration, or None in earnest."""
    return {"demo": stage.read(Path(settings.KEHUMA_HOME))}
