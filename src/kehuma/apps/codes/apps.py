"""The package as Django knows it."""

from django.apps import AppConfig


class CodesConfig(AppConfig):
    """Codes."""

    name = "kehuma.apps.codes"
    label = "codes"
    default_auto_field = "django.db.models.BigAutoField"
