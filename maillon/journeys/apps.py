from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "maillon.journeys"
    label = "journeys"
