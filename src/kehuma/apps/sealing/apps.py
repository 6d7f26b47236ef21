"""The application as Django knows it."""

from django.apps import AppConfig


class SealingConfig(AppConfig):
    """The keys of personal values."""

    name = "kehuma.apps.sealing"
    label = "sealing"
    default_auto_field = "django.db.models.BigAutoField"
