from django.apps import AppConfig


class IrritantsConfig(AppConfig):
    name = "maillon.irritants"
    label = "irritants"

    def ready(self) -> None:
        from maillon.irritants import reactions  # noqa: F401 (its reaction is registered)
