"""The package as Django knows it."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Users."""

    name = "kehuma.apps.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"
