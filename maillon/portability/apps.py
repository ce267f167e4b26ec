from django.apps import AppConfig


class PortabilityConfig(AppConfig):
    name = "maillon.portability"
    label = "portability"

    def ready(self) -> None:
        from maillon.portability import producing  # noqa: F401 (its job is registered)
