"""The national record (DMP, Mon espace santé), played by a program of its own: one store, two faces, the SOAP of XDS.b
and the FHIR of PDSm, over HTTPS with client certificates. It refuses what the real one is known to refuse."""
