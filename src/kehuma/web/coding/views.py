"""All pages of coding; each module registers its own."""

from kehuma.web.coding import (
    designer,
    dictionaries,
    gallery,
    gap_list,
    giving,
    labels,
    publishing,
    ranges,
    register,
    resolving,
    schemes,
    states,
)

__all__ = [
    "designer",
    "dictionaries",
    "gallery",
    "gap_list",
    "giving",
    "labels",
    "publishing",
    "ranges",
    "register",
    "resolving",
    "schemes",
    "states",
]
