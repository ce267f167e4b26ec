"""Therapeutic education of the patient (CSP L1161-1 s.): what a programme has that other protocols have not. Sessions
with those who run and attend them, the educational contract and its evaluation, the reports of the programme."""
