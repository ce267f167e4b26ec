from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    name = "maillon.evaluations"
    label = "evaluations"
