"""Whether the disk under the store still takes what is to be written."""

import tempfile

from kehuma.lib.db import place

# Some twenty codes, each with its event and its pages in the write-ahead log.
_NEEDED = 1 << 20


def is_left() -> bool:
    """False where the next codes would be refused for want of room; what a server has, only the server knows."""
    file = place.store()
    if file is None:
        return True
    try:
        with tempfile.TemporaryFile(dir=file.parent, buffering=0) as probe:
            return probe.write(bytes(_NEEDED)) == _NEEDED
    except OSError:
        return False
