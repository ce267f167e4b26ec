from __future__ import annotations

from django.apps import AppConfig


class FhirApiConfig(AppConfig):
    name = "maillon.fhir_api"
    label = "fhir_api"
