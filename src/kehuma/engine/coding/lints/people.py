"""Personal data in a code: it is printed, read out and never changed, so none belongs into it."""

import re
from collections.abc import Iterator

from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.lints.issued import IssuedCodes
from kehuma.engine.coding.lints.lint import Lint
from kehuma.engine.coding.model import Date, Initials, Lookup, Segment, Text

# What identifies a person or can be held against one (GB/T 35273 appendices A and B), as attributes are usually called.
_IDENTIFYING = re.compile(
    r"phone|mobile|(^|_)tel(_|$)|(^|_)fax(_|$)|手机|电话|传真"
    r"|id_?card|identity_?(card|number|no)|(^|_)id_?(number|no)(_|$)|resident|passport|ssn|身份证|证件|护照|社保号"
    r"|birth|(^|_)dob(_|$)|生日|出生"
    r"|e_?mail|邮箱|邮件|wechat|微信|(^|_)qq(_|$)"
    r"|address|地址|住址"
    r"|bank_?(account|card)|card_?(number|no)|银行卡|银行账|license_plate|车牌",
)
_NAME = re.compile(r"name|person|contact|姓名|名称|联系人")
_OF_ENTERPRISES = re.compile(r"company|enterprise|firm|brand|organi[sz]ation|公司|企业|单位|品牌")


def personal_data(codes: IssuedCodes) -> Iterator[Lint]:
    """Telephone, identity number, date of birth and the like: error. A person's name or its initials: warning."""
    grammar = codes.grammar
    for segment in grammar.segments:
        if _is_identifying(segment):
            yield Lint("personal-data", "error", segment=segment.name)
        elif _is_name(segment, grammar):
            yield Lint("personal-data", "warning", segment=segment.name, variant="-name")


def _is_identifying(segment: Segment) -> bool:
    return isinstance(segment, (Text, Date, Initials)) and bool(_IDENTIFYING.search(_called(segment)))


def _is_name(segment: Segment, grammar: Grammar) -> bool:
    if not isinstance(segment, (Text, Initials)) or _OF_ENTERPRISES.search(_called(segment)):
        return False
    if isinstance(segment, Text):
        return bool(_NAME.search(_called(segment)))
    # Whoever strips legal forms codes enterprises, unless the code itself says that persons are among them.
    return "legal-form" not in segment.drop or _has_persons(grammar)


def _has_persons(grammar: Grammar) -> bool:
    lookups = (segment for segment in grammar.segments if isinstance(segment, Lookup))
    return any(entry.en.casefold() in ("person", "individual") for s in lookups for entry in s.dictionary.entries)


def _called(segment: Text | Date | Initials) -> str:
    return f"{segment.name} {segment.attribute or ''}".casefold().replace("-", "_").replace(" ", "_")
