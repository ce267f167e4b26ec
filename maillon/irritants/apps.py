from django.apps import AppConfig


class IrritantsConfig(AppConfig):
    name = "maillon.irritants"
    label = "irritants"
