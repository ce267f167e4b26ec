from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "maillon.patients"
    label = "patients"
