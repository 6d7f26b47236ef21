"""The mark beside a store's file that says where the store has gone: nothing is written there any more.

It lies beside the file and not in it, so that the file stays what it was. ``lib.db.base`` asks for it before every
write, the command line before every command.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from django.db import DatabaseError

from kehuma.engine.coding.errors import Language
from kehuma.lib.db.moving.errors import MoveError
from kehuma.lib.db.turns import turn_at

_ENDING = ".moved"


class Mark(NamedTuple):
    """To which database the store moves or, once ``is_done``, has moved; ``token`` is what that database knows it by."""

    to: str
    token: str
    at: str
    is_done: bool = False


class StoreMovedError(DatabaseError):
    """A write to the file of a store that is moving or has moved."""

    def __init__(self, file: Path) -> None:
        self._reason = refusal(file) or MoveError("moved-away", file=file, to="?", at="?")
        super().__init__(str(self._reason))

    def say(self, language: Language) -> str:
        """The error as one sentence without a full stop."""
        return self._reason.say(language)


def place(file: Path) -> Path:
    """Where the mark of a store lies."""
    return file.with_name(file.name + _ENDING)


def of(file: Path) -> Mark | None:
    """The mark of a store, or None; one that cannot be read counts as well."""
    try:
        return Mark(**json.loads(place(file).read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        return Mark("?", "", "?", is_done=True)


def refusal(file: Path) -> MoveError | None:
    """Why nothing may be done with the store in this file; None where it has not moved."""
    found = of(file)
    if found is None:
        return None
    message = "moved-away" if found.is_done else "move-broken-off"
    return MoveError(message, file=file, mark=place(file), to=found.to, at=found.at)


def put(file: Path, mark: Mark) -> None:
    """Set the mark, on disk before this returns; who is writing ends first, who comes later is refused."""
    turn = turn_at(file.absolute().with_suffix(".lock"))
    turn.take()
    try:
        draft = place(file).with_name(f".{place(file).name}.part")
        with draft.open("w", encoding="utf-8") as text:
            json.dump(mark._asdict(), text, ensure_ascii=False)
            text.flush()
            os.fsync(text.fileno())
        draft.replace(place(file))
    finally:
        turn.give_back()


def remove(file: Path) -> None:
    """Let the store be written to again."""
    with suppress(FileNotFoundError):
        place(file).unlink()
