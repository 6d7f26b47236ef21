"""Where a customer's page is: by its code, which is what people know it by."""

from urllib.parse import quote, unquote

from django.urls import reverse


def url_of(identity: str, page: str = "customer", *args: object) -> str:
    """The address of a page of this customer. A slash inside a code is written twice over, or it would end the part."""
    return reverse(page, args=[segment_of(identity), *args])


def segment_of(identity: str) -> str:
    """The code as it stands in an address."""
    return quote(identity, safe="") if set(identity) & set("/%") else identity


def ref_of(code: str) -> str:
    """The code that an address names."""
    return unquote(code)
