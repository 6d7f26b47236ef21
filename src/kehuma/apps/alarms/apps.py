"""The Django app of the alarms."""

from django.apps import AppConfig


class AlarmsConfig(AppConfig):
    """Who looks up what, and what of it is strange."""

    name = "kehuma.apps.alarms"
    label = "alarms"
