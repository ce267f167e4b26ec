from django.apps import AppConfig


class NoticedConfig(AppConfig):
    name = "maillon.noticed"
    label = "noticed"
