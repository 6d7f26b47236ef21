"""The package as Django knows it."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Events."""

    name = "kehuma.apps.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
