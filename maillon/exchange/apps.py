from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "maillon.exchange"
    label = "exchange"
