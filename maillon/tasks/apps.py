from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "maillon.tasks"
    label = "tasks"

    def ready(self) -> None:
        from maillon.tasks import noticing  # noqa: F401 (its periodic work is registered)
