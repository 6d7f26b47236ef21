"""Why a value has no normal form."""


class Unusable(ValueError):
    """A value is none of its kind. ``reason`` is a word for machines, ``suggestion`` what may have been meant or ""."""

    def __init__(self, reason: str, suggestion: str = "") -> None:
        self.reason, self.suggestion = reason, suggestion
        super().__init__(reason)
