from django.apps import AppConfig


class PathwaysConfig(AppConfig):
    name = "maillon.pathways"
    label = "pathways"
