from django.apps import AppConfig


class CharterConfig(AppConfig):
    name = "maillon.charter"
    label = "charter"
