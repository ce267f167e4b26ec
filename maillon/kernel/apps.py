from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "maillon.kernel"
    label = "kernel"
