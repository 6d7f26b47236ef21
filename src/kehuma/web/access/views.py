"""The pages of this area stand in the modules named here."""

from kehuma.web.access import account, gates, keys, links, people, roles, separation, teams

__all__ = ["account", "gates", "keys", "links", "people", "roles", "separation", "teams"]
