from django.apps import AppConfig


class PathwaysConfig(AppConfig):
    name = "maillon.pathways"
    label = "pathways"

    def ready(self) -> None:
        from maillon.pathways import copying, declarations, reactions  # noqa: F401 (its reactions and rules are registered)
        from maillon.pathways.authoring import versions  # noqa: F401 (so is the end of a revision that never came)
        from maillon.pathways.cooperation import reports  # noqa: F401 (and the watch of the reports)
        from maillon.pathways.education import contract, programme  # noqa: F401 (and the rules of education)
