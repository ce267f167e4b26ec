from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class KernelConfig(AppConfig):
    name = "maillon.kernel"
    label = "kernel"

    def ready(self) -> None:
        connection_created.connect(send_text_as_text)


def send_text_as_text(connection: Any, **_: Any) -> None:
    """psycopg sends a str without a type; a prepared statement that uses it twice would then guess two types."""
    from psycopg.types.string import StrDumper

    connection.connection.adapters.register_dumper(str, StrDumper)
