"""The scheme files that come with the product."""

from pathlib import Path

import kehuma

# Inside the package where it was installed as a wheel, beside ``src`` in the repository.
_PLACES = ("schemes", "../../schemes")


def folder() -> Path | None:
    """Where they are; None where the installation has none."""
    package = Path(kehuma.__file__).parent
    return next((place for name in _PLACES if (place := (package / name).resolve()).is_dir()), None)
