from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "maillon.rights"
    label = "rights"
