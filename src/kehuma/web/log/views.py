"""All pages of the log; each module registers its own."""

from kehuma.web.log import codes, events, signing, state, works

__all__ = ["codes", "events", "signing", "state", "works"]
