"""Python's collector of cycles, out of the way of work that makes many objects and keeps them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No collecting of cycles for the length of the block, in the whole process; what is not in a cycle goes as ever.

    For blocks whose objects fit into memory many times over. The collector looks at all that was made each time there
    is a quarter more: a fifth of the time of 10,000 customers that come in together, and nothing found.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
