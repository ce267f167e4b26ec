from django.apps import AppConfig


class ProfessionalsConfig(AppConfig):
    name = "maillon.professionals"
    label = "professionals"
