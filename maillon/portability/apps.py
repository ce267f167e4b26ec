from django.apps import AppConfig


class PortabilityConfig(AppConfig):
    name = "maillon.portability"
    label = "portability"

    def ready(self) -> None:
        from maillon.portability import copying, producing  # noqa: F401 (its part of the copy and its job are registered)
