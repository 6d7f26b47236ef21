"""The export of a log: one line of JSON for each entry, which ``tools/verify.py`` reads without kehuma.

>>> print(export_line(0, b"issued"), end="")
{"index": 0, "entry": "aXNzdWVk", "leaf": "V1rwGqQVGoVfg/Pre9wX242ipNBfILwJpw918OOe8m4="}
"""

from kehuma.engine.merkle.text import encoded
from kehuma.engine.merkle.tree import leaf_hash


def export_line(index: int, entry: bytes) -> str:
    """The line of entry ``index``. Its leaf hash stands beside it so that a changed entry is found by its number."""
    return f'{{"index": {index}, "entry": "{encoded(entry)}", "leaf": "{encoded(leaf_hash(entry))}"}}\n'
