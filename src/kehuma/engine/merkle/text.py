"""How numbers and bytes are written in the formats of C2SP: one spelling each, everything else is refused."""

import base64
import binascii
import re

_DECIMAL = re.compile("0|[1-9][0-9]{0,18}")


def encoded(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648, 4)."""
    return base64.b64encode(data).decode("ascii")


def decoded(text: str) -> bytes | None:
    """The bytes behind ``encoded`` text, or None: also for stray bits at the end, which other decoders let pass."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if encoded(data) == text else None


def decimal(text: str) -> int | None:
    """The number behind ASCII digits without leading zeroes, below 2 to the 63rd; otherwise None."""
    number = int(text) if _DECIMAL.fullmatch(text) else -1
    return number if 0 <= number < 2**63 else None


def is_name(text: str) -> bool:
    """Whether the name of a key or a log may read so: not empty, printable, no space of any kind, no plus."""
    return bool(text) and text.isprintable() and "+" not in text and not any(c.isspace() for c in text)
