"""The package as Django knows it."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Customers."""

    name = "kehuma.apps.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"
