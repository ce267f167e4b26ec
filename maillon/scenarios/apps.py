from django.apps import AppConfig


class ScenariosConfig(AppConfig):
    name = "maillon.scenarios"
    label = "scenarios"
