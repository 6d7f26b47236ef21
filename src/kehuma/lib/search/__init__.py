"""Finding records among millions by parts of names, pinyin, initials, ends of numbers: one index for both stores.

A record is a set of tokens, a question an expression over tokens. SQLite keeps them in FTS5, PostgreSQL in a GIN
index; the tokens and the questions are the same.
"""

from kehuma.lib.search.expressions import All, Any, Expression, Term
from kehuma.lib.search.memory import MemoryIndex
from kehuma.lib.search.store import CreateIndex, matching, merge

__all__ = ["All", "Any", "CreateIndex", "Expression", "MemoryIndex", "Term", "matching", "merge"]
