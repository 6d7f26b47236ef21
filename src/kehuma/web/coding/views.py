"""All pages of coding; each module registers its own."""

from kehuma.web.coding import (
    designer,
    dictionaries,
    gallery,
    labels,
    publishing,
    ranges,
    register,
    resolving,
    schemes,
)

__all__ = [
    "designer",
    "dictionaries",
    "gallery",
    "labels",
    "publishing",
    "ranges",
    "register",
    "resolving",
    "schemes",
]
