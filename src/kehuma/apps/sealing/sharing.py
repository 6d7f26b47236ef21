"""Memory that the processes of one server share, so that unsealing on a page opens them all.

It is no file: nothing of it is ever on a disk (but where the system swaps, as all memory is). The server makes it
before it starts its processes; those that are forked have it, the others are handed its descriptor. Without it each
process finds the key by itself, or not.
"""

import mmap
import os

from kehuma.engine.encryption.hidden import SECRET

_SIZE = 1 + SECRET
_memory: mmap.mmap | None = None
_descriptor: int | None = None


def begin() -> int | None:
    """Make the memory; its descriptor is for processes that are started, not forked. None where the system has none."""
    global _descriptor  # noqa: PLW0603 - one per process is the point
    if _descriptor is None and hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("kehuma")
        os.ftruncate(descriptor, _SIZE)
        join(descriptor)
        _descriptor = descriptor
    return _descriptor


def join(descriptor: int) -> None:
    """Use the memory that another process has made."""
    global _memory  # noqa: PLW0603 - as above
    _memory = mmap.mmap(descriptor, _SIZE)


def put(secret: bytes) -> None:
    """Leave a key for the others."""
    if _memory is not None:
        # The first byte last: whoever sees it sees the whole key.
        _memory[0] = 0
        _memory[1:] = secret
        _memory[0] = 1


def get() -> bytes:
    """The key that another process has left; b"" where there is none."""
    return _memory[1:] if _memory is not None and _memory[0] else b""
