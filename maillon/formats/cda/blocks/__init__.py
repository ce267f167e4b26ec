"""The building blocks of a structured body (CI-SIS volet Modèles de contenus CDA): one module per kind of entry, each
with its narrative. A type of document chooses its sections, a section its blocks."""
