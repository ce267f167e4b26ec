from django.apps import AppConfig


class ScenariosConfig(AppConfig):
    name = "maillon.scenarios"
    label = "scenarios"

    def ready(self) -> None:
        from maillon.scenarios import reactions  # noqa: F401 (its reaction is registered)
