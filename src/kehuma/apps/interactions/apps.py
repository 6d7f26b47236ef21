"""The package as Django knows it."""

from django.apps import AppConfig


class InteractionsConfig(AppConfig):
    """Interactions."""

    name = "kehuma.apps.interactions"
    label = "interactions"
    default_auto_field = "django.db.models.BigAutoField"
