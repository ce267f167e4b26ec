from __future__ import annotations
def test_every_page(claire, record, client):
    for tab in ("chronologie","resultats","synthese","documents","qui-peut-voir"):
        r = claire.get(record.page(tab)); assert r.status_code == 200, (tab, r.content.decode()[:2000])
    for a in ("/journee","/patients","/a-regler","/reglages","/raccourcis", f"/document/{record.documents[-1].uuid}"):
        r = claire.get(a); assert r.status_code == 200, (a, r.content.decode()[:2000])
