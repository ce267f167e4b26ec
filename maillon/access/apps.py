from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate


def _build_the_wall(**_: object) -> None:
    from maillon.access import wall

    if wall.policies().keys() <= set(connection.introspection.table_names()):
        wall.build()


class AccessConfig(AppConfig):
    name = "maillon.access"
    label = "access"

    def ready(self) -> None:
        # Once the last table is there: the policies are made from the law and from the columns.
        post_migrate.connect(_build_the_wall, sender=self)
