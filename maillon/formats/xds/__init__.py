"""IHE XDS.b and SOAP as pure shapes: ebRIM objects, the messages of ITI-18, 41, 43 and 57, MTOM, the VIHF assertion."""
