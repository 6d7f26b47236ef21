"""The search under the proofs, on a map small enough to check by eye."""

from collections.abc import Iterator

from kehuma.engine.coding.proofs.search import Move, shortest

ROADS = {"A": {"B": 4, "C": 1}, "B": {"D": 1}, "C": {"B": 1, "D": 5}, "D": {}, "E": {}}


def moves(place: str, length: int) -> Iterator[Move[str, str]]:
    yield from ((to, length + road, length + road, f"{place}{to}") for to, road in ROADS[place].items())


def test_the_shortest_way_is_found_though_a_longer_one_was_seen_first() -> None:
    assert shortest([("A", 0, 0, "")], moves, "D") == [("A", ""), ("C", "AC"), ("B", "CB"), ("D", "BD")]


def test_a_place_is_visited_once_and_where_no_way_leads_there_is_none() -> None:
    visited = []

    def noted(place: str, length: int) -> Iterator[Move[str, str]]:
        visited.append(place)
        return moves(place, length)

    assert shortest([("A", 0, 0, "")], noted, "E") is None
    assert sorted(visited) == ["A", "B", "C", "D"]
