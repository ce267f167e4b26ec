from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "maillon.forms"
    label = "forms"
