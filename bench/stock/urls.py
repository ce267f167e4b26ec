from django.urls import path

from bench.stock.views import chronology

urlpatterns = [path("dossier/<uuid:patient>/chronologie", chronology)]
