"""What is done for oneself needs no right, only somebody who is signed in."""

from kehuma.lib.viewer import Refused, Viewer


def id_of(viewer: Viewer) -> int:
    """The id of the person who asks; ``Refused`` for strangers and for our own programs."""
    if viewer.user_id is None:
        raise Refused("")
    return viewer.user_id
