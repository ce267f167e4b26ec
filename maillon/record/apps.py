from django.apps import AppConfig


class RecordConfig(AppConfig):
    name = "maillon.record"
    label = "record"
