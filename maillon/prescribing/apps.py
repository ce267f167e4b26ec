from django.apps import AppConfig


class PrescribingConfig(AppConfig):
    name = "maillon.prescribing"
    label = "prescribing"
