from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "maillon.exchange"
    label = "exchange"

    def ready(self) -> None:
        from maillon.exchange import alerting, telling  # noqa: F401 (their reactions are registered)
        from maillon.exchange.dmp import carrying_out, holding  # noqa: F401 (their jobs and reactions are registered)
