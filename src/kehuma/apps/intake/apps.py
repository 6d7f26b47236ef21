"""The package as Django knows it."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Files of customers on their way in."""

    name = "kehuma.apps.intake"
    label = "intake"
