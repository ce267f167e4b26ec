from django.apps import AppConfig


class FieldDaysConfig(AppConfig):
    name = "maillon.fielddays"
    label = "fielddays"
