"""The Django app of the connectors."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """Other systems."""

    name = "kehuma.apps.connectors"
    label = "connectors"
