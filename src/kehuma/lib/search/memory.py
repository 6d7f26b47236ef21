"""The same index in the memory of one process: for what must not stand in the store in clear.

>>> from kehuma.lib.search import All, Term
>>> index = MemoryIndex()
>>> index.put([(7, "张晓 晓丰 丰"), (8, "张晓 晓明 明")])
>>> index.matching(All((Term("张晓"), Term("晓丰"))), limit=5), index.matching(Term("张晓"), limit=5)
([7], [8, 7])
>>> index.put([(7, "李晓 晓丰 丰")]); index.remove([8])
>>> index.matching(Term("张晓"), limit=5), index.matching(Term("晓丰"), limit=5)
([], [7])
"""

import sqlite3
from collections.abc import Iterable, Sequence
from threading import Lock

from kehuma.lib.search.expressions import Expression, for_fts5

# No journal and no file: a transaction that goes wrong here goes with the process. Merging seldom fills faster.
_TABLE = """
PRAGMA journal_mode = OFF;
PRAGMA temp_store = MEMORY;
CREATE VIRTUAL TABLE found USING fts5(tokens, detail='none', columnsize=0, tokenize='ascii');
INSERT INTO found(found, rank) VALUES('automerge', 8);
INSERT INTO found(found, rank) VALUES('hashsize', 8388608);
"""


class MemoryIndex:
    """Sets of tokens by record; threads may share it. Tokens and questions are those of ``lib.search``."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._store = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._store.executescript(_TABLE)

    def put(self, rows: Iterable[tuple[int, str]], *, are_new: bool = False) -> None:
        """The tokens of records, a blank between two; ``are_new`` says that none of them stands here yet."""
        known = list(rows)
        with self._lock:
            self._store.execute("BEGIN")
            if not are_new:
                self._remove([record for record, _ in known])
            self._store.executemany("INSERT INTO found(rowid, tokens) VALUES (?, ?)", known)
            self._store.execute("COMMIT")

    def tidy(self) -> None:
        """Put the pieces together that a first filling leaves behind.

        It takes a second for a million; a question of many words then takes a tenth of the time.
        """
        with self._lock:
            self._store.execute("INSERT INTO found(found) VALUES('optimize')")

    def remove(self, records: Sequence[int]) -> None:
        """Forget these records."""
        with self._lock:
            self._remove(records)

    def matching(self, question: Expression, *, limit: int) -> list[int]:
        """The ids of the newest records that the question holds for."""
        sql = "SELECT rowid FROM found WHERE found MATCH ? ORDER BY rowid DESC LIMIT ?"
        with self._lock:
            return [record for (record,) in self._store.execute(sql, [for_fts5(question), limit])]

    def _remove(self, records: Sequence[int]) -> None:
        self._store.executemany("DELETE FROM found WHERE rowid = ?", [(record,) for record in records])
