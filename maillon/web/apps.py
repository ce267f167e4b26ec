from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "maillon.web"
    label = "web"
