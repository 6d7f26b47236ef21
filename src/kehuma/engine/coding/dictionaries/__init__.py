"""Dictionaries turn what people write (北京市, 110000, Beijing, 京) into the symbol that stands in a code, and back.

>>> builtin("cn-province").find("湖北省咸宁市崇阳县").symbol
'HB'
>>> builtin("cn-industry").find("软件").symbol
'IT'

A value that names nothing, or more than one thing, is never guessed:

>>> builtin("cn-division").find("鼓楼区")
Traceback (most recent call last):
...
kehuma.engine.coding.dictionaries.dictionary.AmbiguousValue: '鼓楼区' may be 江苏省南京市鼓楼区, 江苏省徐州市鼓楼区, \
福建省福州市鼓楼区, 河南省开封市鼓楼区
"""

from kehuma.engine.coding.dictionaries.builtin import BUILTIN_NAMES, builtin
from kehuma.engine.coding.dictionaries.dictionary import AmbiguousValue, Dictionary, Entry, UnknownValue
from kehuma.engine.coding.dictionaries.tables import SymbolError, TableError, entries_from_table, require_symbols

__all__ = [
    "BUILTIN_NAMES",
    "AmbiguousValue",
    "Dictionary",
    "Entry",
    "SymbolError",
    "TableError",
    "UnknownValue",
    "builtin",
    "entries_from_table",
    "require_symbols",
]
