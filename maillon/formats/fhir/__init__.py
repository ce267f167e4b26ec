"""FHIR R4 resources as plain dictionaries: pure shapes, one file for each kind of resource."""
