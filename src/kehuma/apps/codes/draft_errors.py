"""What work on a draft may meet; each error can be said in Chinese and in English."""

from kehuma.apps.codes.errors import RegisterError


class UnknownDraftError(RegisterError):
    """There is no such draft, or it is published or discarded by now."""

    def __init__(self) -> None:
        super().__init__("draft-unknown")


class DraftChangedError(RegisterError):
    """Somebody else saved the draft in the meantime."""

    def __init__(self) -> None:
        super().__init__("draft-changed")


class ReviewNeededError(RegisterError):
    """A second person has to look at it first."""

    def __init__(self) -> None:
        super().__init__("draft-needs-review")


class OwnReviewError(RegisterError):
    """Who wrote a draft or handed it in is not the second person."""

    def __init__(self) -> None:
        super().__init__("draft-own-review")


class NotWaitingError(RegisterError):
    """The draft waits for nobody."""

    def __init__(self) -> None:
        super().__init__("draft-not-waiting")


class UnknownCodeError(RegisterError):
    """No code of this text was given out. Facts: ``code``."""

    def __init__(self, code: str) -> None:
        super().__init__("code-unknown", code=code)
