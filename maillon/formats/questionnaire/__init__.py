"""A questionnaire, and the shapes in which other software writes it: FHIR R4, XLSForm, REDCap."""
