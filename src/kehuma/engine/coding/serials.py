"""Numbers as texts and back, for every way a serial may overflow.

>>> from kehuma.engine.coding.model import Serial
>>> letters = Serial("serial", width=4, overflow="letters")
>>> [text_of(letters, number, room=4) for number in (9999, 10_000, 10_035, 10_036)]
['9999', 'A000', 'A00Z', 'A010']
>>> number_of(letters, "A010")
10036
>>> text_of(Serial("serial", width=4, overflow="lengthen"), 10_000, room=9)
'10000'
"""

from kehuma.engine.coding.errors import WriteError
from kehuma.engine.coding.language import Language, repeated
from kehuma.engine.coding.model import ALPHABETS, DIGITS, LETTERS, Serial

_BASE36 = ALPHABETS["base36"]


def widest(serial: Serial, room: int) -> int:
    """The most characters a number may have where the code leaves ``room`` for it."""
    if serial.width_max:
        return min(serial.width_max, room)
    return room if serial.overflow == "lengthen" else serial.width


def last_number(serial: Serial, room: int) -> int:
    """The greatest number that can be written."""
    if _is_lettered(serial):
        return int(10**serial.width + 26 * 36 ** (serial.width - 1)) - 1
    return int(len(serial.alphabet) ** widest(serial, room)) - 1


def text_of(serial: Serial, number: int, *, room: int) -> str:
    """The number as it stands in a code; WriteError ``serial-exhausted`` past the last, ``serial-negative`` below 0."""
    if number < 0:
        raise WriteError("serial-negative", segment=serial.name, value=number)
    if number > (last := last_number(serial, room)):
        raise WriteError("serial-exhausted", segment=serial.name, value=number, last=last)
    if serial.alphabet != DIGITS:
        return _in_base(number, serial.alphabet).rjust(serial.width, serial.alphabet[0])
    if _is_lettered(serial) and number >= (decimals := 10**serial.width):
        letter, rest = divmod(number - decimals, 36 ** (serial.width - 1))
        return LETTERS[letter] + (_in_base(rest, _BASE36).rjust(serial.width - 1, "0") if serial.width > 1 else "")
    return str(number).rjust(serial.width, "0")


def number_of(serial: Serial, text: str) -> int:
    """The number that ``text``, a word of ``language``, stands for."""
    if serial.alphabet != DIGITS:
        return _from_base(text, serial.alphabet)
    if text[0] in DIGITS:
        return int(text)
    rest = _from_base(text[1:], _BASE36)
    return int(10**serial.width) + LETTERS.index(text[0]) * int(36 ** (serial.width - 1)) + rest


def language(serial: Serial, room: int) -> Language:
    """All texts a number may have; a text longer than the least width never begins with the zero."""
    most = widest(serial, room)
    if _is_lettered(serial):
        return _lettered(serial.width)
    if most <= serial.width:
        return repeated(serial.alphabet, serial.width, serial.width)
    # Two chains: a text that begins with the zero ends at the least width, any other may go on to the most.
    zero, others = serial.alphabet[0], serial.alphabet[1:]
    steps: list[dict[str, int]] = [dict.fromkeys(others, 1)]
    steps += [dict.fromkeys(serial.alphabet, width + 1) for width in range(1, most)]
    steps.append({})
    steps[0][zero] = len(steps)
    steps += [dict.fromkeys(serial.alphabet, len(steps) + width) for width in range(1, serial.width)]
    steps.append({})
    return Language(tuple(steps), frozenset({*range(serial.width, most + 1), len(steps) - 1}))


def _is_lettered(serial: Serial) -> bool:
    """Whether letters follow the nines; a stated greatest width says otherwise: then digits, and stop."""
    return serial.overflow == "letters" and not serial.width_max


def _lettered(width: int) -> Language:
    steps: list[dict[str, int]] = [{}]
    for first, rest in ((DIGITS, DIGITS), (LETTERS, _BASE36)):
        steps[0] |= dict.fromkeys(first, len(steps))
        steps += [dict.fromkeys(rest, len(steps) + place) for place in range(1, width)]
        steps.append({})
    return Language(tuple(steps), frozenset({width, 2 * width}))


def _in_base(number: int, alphabet: str) -> str:
    text = ""
    while number:
        number, digit = divmod(number, len(alphabet))
        text = alphabet[digit] + text
    return text


def _from_base(text: str, alphabet: str) -> int:
    number = 0
    for character in text:
        number = number * len(alphabet) + alphabet.index(character)
    return number
