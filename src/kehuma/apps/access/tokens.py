"""Random tokens, and the keyed hashes under which they are kept.

A token is shown once and stands nowhere: the table of a thief, without the installation's key, opens nothing.
"""

import secrets
from functools import lru_cache
from pathlib import Path
from typing import Literal

from django.conf import settings

from kehuma.lib import keys
from kehuma.lib.keys import Keyed

Purpose = Literal["link", "device", "recovery", "api key", "tries", "second factor"]

# Crockford's letters in small: no I, L, O, U, for codes that people copy from paper.
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_LIKE = str.maketrans("ilo", "110")


def new_token() -> str:
    """256 random bits for an address or a cookie."""
    return secrets.token_urlsafe(32)


def new_letters(number: int) -> str:
    """Random letters that can be read from paper; each is worth five bits."""
    return "".join(secrets.choice(LETTERS) for _ in range(number))


def as_written(text: str) -> str:
    """Letters as they were given out, whatever a person made of them: capitals, spaces, hyphens, look-alikes."""
    return "".join(text.split()).replace("-", "").lower().translate(_LIKE)


def digest(purpose: Purpose, text: str) -> bytes:
    """The keyed hash of a token; those of different purposes have nothing in common."""
    return _keyed(Path(settings.KEHUMA_HOME), purpose).of(text)


@lru_cache(maxsize=32)
def _keyed(home: Path, purpose: str) -> Keyed:
    return Keyed(keys.installation_key(home), f"access {purpose}")
