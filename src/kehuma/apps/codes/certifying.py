"""Certificates of codes: that the log holds the event by which a code came into being."""

from datetime import datetime

from kehuma.apps.audit import proving
from kehuma.apps.audit.proving import Certificate

RELATION = "codes_code.identity"
# A code of a file is one of many of its event, whatever the event is called.
BEGINNINGS = ("codes.issued", "codes.reserved", "codes.issued-manually")


def certificate(identity: str, *, at: datetime) -> Certificate:
    """The certificate of the code with this identity form; NotCertifiedError (``no-event``, ``pending``)."""
    return proving.certificate(identity, relation=RELATION, kinds=BEGINNINGS, at=at)
