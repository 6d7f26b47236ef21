"""The package as Django knows it."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages and components."""

    name = "kehuma.web"
    label = "web"

    def ready(self) -> None:
        """Let an attribute of a component hold a template tag, as in ``title="{% translate '客户' %}"``."""
        # The components' own app would do it, but importing that one imports the whole of django.contrib.admin,
        # which costs every command 0.1 s. Its loader and tags stand in settings.TEMPLATES.
        from django_cotton.nested_tag_support import enable_nested_tag_support  # noqa: PLC0415 - apps are ready now

        enable_nested_tag_support()
