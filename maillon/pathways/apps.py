from django.apps import AppConfig


class PathwaysConfig(AppConfig):
    name = "maillon.pathways"
    label = "pathways"

    def ready(self) -> None:
        from maillon.pathways import reactions  # noqa: F401 (its reactions are registered)
