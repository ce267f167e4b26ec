from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "maillon.exchange"
    label = "exchange"

    def ready(self) -> None:
        from maillon.exchange import telling  # noqa: F401 (its reactions are registered)
        from maillon.exchange.dmp import carrying_out  # noqa: F401 (its job is registered)
