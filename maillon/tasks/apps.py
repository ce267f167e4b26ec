from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "maillon.tasks"
    label = "tasks"
