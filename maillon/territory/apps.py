from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    name = "maillon.territory"
    label = "territory"

    def ready(self) -> None:
        from maillon.territory import rounds  # noqa: F401 (its periodic work is registered)
