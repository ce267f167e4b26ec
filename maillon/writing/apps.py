from django.apps import AppConfig


class WritingConfig(AppConfig):
    name = "maillon.writing"
    label = "writing"
