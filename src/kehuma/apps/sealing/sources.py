"""Where the root key comes from: the environment, or a file that only its owner can read."""

import os
from pathlib import Path

from django.conf import settings

from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.engine.encryption.ciphers import Cipher, cipher_named
from kehuma.engine.encryption.errors import KeyTextError
from kehuma.engine.encryption.root import RootKey
from kehuma.lib import secret_files

VARIABLE = "KEHUMA_ROOT_KEY"
_HEAD = """\
# The root key of kehuma: personal values are sealed under it. It is in no backup.
# Keep a copy where no copy of the data is. Who has both reads everything; who has lost it and the recovery key, nothing.
"""


def file() -> Path:
    """The file of the root key; asked anew each time, since a demonstration moves to a data folder of its own."""
    named = settings.KEHUMA_ROOT_KEY_FILE
    return Path(named) if named else Path(settings.KEHUMA_HOME) / "keys" / "root.key"


def place() -> str:
    """What people are told where the root key is looked for."""
    return VARIABLE if settings.KEHUMA_ROOT_KEY else str(file())


def cipher() -> Cipher:
    """The cipher of what is sealed from now on; CipherError."""
    return cipher_named(settings.KEHUMA_CIPHER)


def root_key() -> RootKey:
    """The root key; StoreSealedError ``key-missing`` or ``key-unreadable``."""
    text = settings.KEHUMA_ROOT_KEY
    try:
        return RootKey.from_text(text or file().read_text("utf-8", "replace"), cipher=cipher())
    except FileNotFoundError:
        raise StoreSealedError("key-missing", file=file()) from None
    except KeyTextError as error:
        raise StoreSealedError("key-unreadable", place=place(), reason=error) from None
    except OSError as error:
        raise StoreSealedError("key-unreadable", place=place(), reason=error.strerror or error) from None


def root_key_or_new() -> RootKey:
    """The root key, made where there is none: only when the master key is wrapped anew."""
    if not settings.KEHUMA_ROOT_KEY:
        # Where a file is already, this leaves it alone.
        secret_files.create(file(), text_of(RootKey.new(os.urandom)))
    return root_key()


def text_of(root: RootKey) -> bytes:
    """What stands in the file of a root key."""
    return (_HEAD + root.text() + "\n").encode()
