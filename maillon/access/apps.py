from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "maillon.access"
    label = "access"
