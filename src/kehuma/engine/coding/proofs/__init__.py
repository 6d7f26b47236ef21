"""Claims about schemes, decided on the grammar and not on samples, each refuted by the shortest text that shows it.

>>> from kehuma.engine.coding.grammar import compile_scheme
>>> from kehuma.engine.coding.scheme_file import load_scheme
>>> shops = compile_scheme(load_scheme('''
... kehuma = 1
... name = "receipt"
... template = "{shop}{serial:3}"
... [segments.shop]
... kind = "lookup"
... dictionary = { 1 = { zh = "一店" }, 11 = { zh = "十一店" } }
... [segments.serial]
... overflow = "lengthen"
... '''))
>>> verdict = prove_unique(shops)
>>> verdict.ok, verdict.witness, verdict.readings
(False, '11000', (('1', '1000'), ('11', '000')))
"""

from kehuma.engine.coding.proofs.inclusion import left_out
from kehuma.engine.coding.proofs.loose import prove_loose
from kehuma.engine.coding.proofs.meanings import keeps_meaning
from kehuma.engine.coding.proofs.overlaps import overlap
from kehuma.engine.coding.proofs.unique import prove_keys, prove_unique
from kehuma.engine.coding.proofs.verdict import Verdict
from kehuma.engine.coding.proofs.versions import compatible

__all__ = ["Verdict", "compatible", "keeps_meaning", "left_out", "overlap", "prove_keys", "prove_loose", "prove_unique"]
