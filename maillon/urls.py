"""The two faces under one roof: people's pages, and the FHIR API for software. Neither knows the other."""

from __future__ import annotations

from maillon.fhir_api import urls as fhir_api
from maillon.web import urls as web

urlpatterns = [*fhir_api.urlpatterns, *web.urlpatterns]
handler400, handler403, handler404, handler500 = web.handler400, web.handler403, web.handler404, web.handler500
