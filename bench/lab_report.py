"""A laboratory report of about 30 KB with 20 results, of the shape that laboratories send (CR-BIO), all fictitious."""

from __future__ import annotations

from xml.sax.saxutils import escape

# (LOINC, label, value, unit, low, high, flag)
ANALYSES: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    ("718-7", "Hémoglobine [Masse/Volume] Sang ; Numérique", "12.4", "g/dL", "11.5", "15.5", "N"),
    ("789-8", "Hématies [Nombre/Volume] Sang ; Numérique", "4.31", "10*12/L", "3.8", "5.2", "N"),
    ("6690-2", "Leucocytes [Nombre/Volume] Sang ; Numérique", "6.8", "10*9/L", "4.0", "10.0", "N"),
    ("777-3", "Plaquettes [Nombre/Volume] Sang ; Numérique", "241", "10*9/L", "150", "400", "N"),
    ("4544-3", "Hématocrite [Fraction volumique] Sang ; Numérique", "37.9", "%", "34.0", "46.0", "N"),
    ("787-2", "VGM [Volume] Hématies ; Numérique", "87.9", "fL", "80.0", "100.0", "N"),
    ("785-6", "TCMH [Masse] Hématies ; Numérique", "28.8", "pg", "27.0", "33.0", "N"),
    ("786-4", "CCMH [Masse/Volume] Hématies ; Numérique", "32.7", "g/dL", "31.0", "36.0", "N"),
    ("751-8", "Polynucléaires neutrophiles [Nombre/Volume] Sang", "4.02", "10*9/L", "1.5", "7.0", "N"),
    ("731-0", "Lymphocytes [Nombre/Volume] Sang ; Numérique", "1.98", "10*9/L", "1.0", "4.0", "N"),
    ("742-7", "Monocytes [Nombre/Volume] Sang ; Numérique", "0.51", "10*9/L", "0.2", "1.0", "N"),
    ("711-2", "Polynucléaires éosinophiles [Nombre/Volume] Sang", "0.21", "10*9/L", "0.02", "0.63", "N"),
    ("2160-0", "Créatinine [Masse/Volume] Sérum/Plasma ; Numérique", "8.1", "mg/L", "5.0", "9.0", "N"),
    ("2951-2", "Sodium [Moles/Volume] Sérum/Plasma ; Numérique", "139", "mmol/L", "136", "145", "N"),
    ("2823-3", "Potassium [Moles/Volume] Sérum/Plasma ; Numérique", "5.3", "mmol/L", "3.5", "5.1", "H"),
    ("2075-0", "Chlorure [Moles/Volume] Sérum/Plasma ; Numérique", "103", "mmol/L", "98", "107", "N"),
    ("1988-5", "C Réactive protéine [Masse/Volume] Sérum/Plasma", "12.0", "mg/L", "0", "5.0", "H"),
    ("2345-7", "Glucose [Masse/Volume] Sérum/Plasma ; Numérique", "0.92", "g/L", "0.70", "1.05", "N"),
    ("3016-3", "Thyréostimuline [Unités/Volume] Sérum/Plasma", "2.14", "m[IU]/L", "0.4", "4.0", "N"),
    ("4548-4", "Hémoglobine A1c/Hémoglobine totale [Fraction] Sang", "5.6", "%", "4.0", "6.0", "N"),
)

_ORGANIZATION = """<representedOrganization><id root="1.2.250.1.71.4.2.2" extension="1120459876"/>
<name>Laboratoire fictif des Charmes</name><telecom value="tel:0100000000" use="WP"/>
<addr><houseNumber>8</houseNumber><streetName>Rue du Test</streetName><postalCode>35000</postalCode><city>RENNES</city></addr>
<standardIndustryClassCode code="AMBULATOIRE" displayName="Ambulatoire" codeSystem="1.2.250.1.213.1.1.4.9"/>
</representedOrganization>"""

_BIOLOGIST = f"""<id root="1.2.250.1.71.4.2.1" extension="801234534765"/>
<code code="G15_10/SM03" displayName="Médecin - Biologie médicale (SM)" codeSystem="1.2.250.1.213.1.1.4.5"/>
<addr><houseNumber>8</houseNumber><streetName>Rue du Test</streetName><postalCode>35000</postalCode><city>RENNES</city></addr>
<telecom value="tel:0100000000" use="WP"/>
<assignedPerson><name><prefix>M</prefix><given>Marcel</given><family>BIOLOGISTE</family><suffix>DR</suffix></name></assignedPerson>
{_ORGANIZATION}"""

_HEADER = f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:lab="urn:oid:1.3.6.1.4.1.19376.1.3.2"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/>
<templateId root="1.3.6.1.4.1.19376.1.3.3"/><templateId root="1.2.250.1.213.1.1.1.55" extension="2024.01"/>
<id root="1.2.250.1.213.1.1.1.55.999.1"/>
<code code="11502-2" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC" displayName="CR d'examens biologiques"/>
<title>Compte rendu d'examens biologiques</title><effectiveTime value="20260312113000+0100"/>
<confidentialityCode code="N" displayName="Normal" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="fr-FR"/>
<setId root="1.2.250.1.213.1.1.1.55.999"/><versionNumber value="1"/>
<recordTarget><patientRole><id extension="279035121518989" root="1.2.250.1.213.1.4.10"/>
<id extension="123456" root="1.2.3.4.567.8.9.10"/>
<addr use="H"><houseNumber>28</houseNumber><streetName>Avenue du Test</streetName><postalCode>35000</postalCode>
<city>RENNES</city><country>FRANCE</country></addr><telecom value="tel:0100000000" use="H"/>
<patient classCode="PSN"><name><family qualifier="BR">PAT-TROIS</family><given>DOMINIQUE MARIE-LOUISE</given>
<given qualifier="BR">DOMINIQUE</given><family qualifier="CL">PAT-TROIS</family><given qualifier="CL">DOMINIQUE</given></name>
<administrativeGenderCode code="F" displayName="Féminin" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19790328"/>
<birthplace><place><addr><county>51215</county><city>DOMPREMY</city></addr></place></birthplace></patient></patientRole></recordTarget>
<author><time value="20260312113000+0100"/><assignedAuthor>{_BIOLOGIST}</assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization><id root="1.2.250.1.71.4.2.2" extension="1120459876"/>
<name>Laboratoire fictif des Charmes</name></representedCustodianOrganization></assignedCustodian></custodian>
<informationRecipient><intendedRecipient><id root="1.2.250.1.71.4.2.1" extension="801234567897"/>
<informationRecipient><name><given>Claire</given><family>GENERALISTE</family></name></informationRecipient></intendedRecipient></informationRecipient>
<legalAuthenticator><time value="20260312113000+0100"/><signatureCode code="S"/><assignedEntity>{_BIOLOGIST}</assignedEntity></legalAuthenticator>
<participant typeCode="REF"><time xsi:type="IVL_TS"><high value="202603120735+0100"/></time><associatedEntity classCode="PROV">
<id root="1.2.250.1.71.4.2.1" extension="801234567897"/><associatedPerson><name><given>Claire</given><family>GENERALISTE</family></name></associatedPerson>
</associatedEntity></participant>
<inFulfillmentOf><order><id root="1.2.250.1.213.1.1.9" extension="2026123456789"/></order></inFulfillmentOf>
<documentationOf><serviceEvent><id root="1.2.250.1.213.1.1.9" extension="2026111"/>
<code code="18719-5" displayName="Biochimie" codeSystem="2.16.840.1.113883.6.1"/><lab:statusCode code="completed"/>
<effectiveTime><low value="20260312092200+0100"/><high value="20260312113000+0100"/></effectiveTime>
<performer typeCode="PRF"><assignedEntity>{_BIOLOGIST}</assignedEntity></performer></serviceEvent></documentationOf>
<componentOf><encompassingEncounter><code code="AMB" displayName="ambulatoire" codeSystem="2.16.840.1.113883.5.4"/>
<effectiveTime><low value="202603120735+0100"/></effectiveTime><location><healthCareFacility>
<code code="SA25" displayName="Laboratoire de biologie médicale" codeSystem="1.2.250.1.71.4.2.4"/></healthCareFacility></location>
</encompassingEncounter></componentOf>
<component><structuredBody><component><section>
<templateId root="1.3.6.1.4.1.19376.1.3.3.2.1"/><templateId root="1.2.250.1.213.1.1.2.70"/>
<code code="18719-5" displayName="Biochimie" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"/>
<title>Biochimie</title><text><table border="0"><thead><tr><th>Analyse</th><th>Résultat</th><th>Unité</th><th>Valeurs de référence</th></tr></thead><tbody>
"""

_RESULT = """<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN">
<templateId root="1.3.6.1.4.1.19376.1.3.1.6"/><templateId root="1.2.250.1.213.1.1.3.80"/>
<code code="{code}" displayName="{label}" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC">
<originalText><reference value="#analyse-{rank}"/></originalText></code><statusCode code="completed"/>
<effectiveTime value="20260312101500+0100"/><value xsi:type="PQ" value="{value}" unit="{unit}"/>
<interpretationCode code="{flag}" codeSystem="2.16.840.1.113883.5.83"/>
<referenceRange typeCode="REFV"><observationRange classCode="OBS" moodCode="EVN.CRT"><value xsi:type="IVL_PQ">
<low value="{low}" unit="{unit}"/><high value="{high}" unit="{unit}"/></value>
<interpretationCode code="N" codeSystem="2.16.840.1.113883.5.83"/></observationRange></referenceRange>
</observation></entryRelationship>
"""

_ENTRY = """</tbody></table></text><entry typeCode="DRIV"><templateId root="1.3.6.1.4.1.19376.1.3.1"/>
<templateId root="1.2.250.1.213.1.1.3.21"/><act classCode="ACT" moodCode="EVN">
<code code="18719-5" displayName="Biochimie" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>
"""
_END = "</act></entry></section></component></structuredBody></component></ClinicalDocument>"


def lab_report() -> bytes:
    rows = "".join(
        f'<tr><td><content ID="analyse-{rank}">{escape(label)}</content></td><td>{value}</td><td>{unit}</td>'
        f"<td>{low} à {high}</td></tr>\n"
        for rank, (_, label, value, unit, low, high, _) in enumerate(ANALYSES)
    )
    entries = "".join(
        _RESULT.format(
            rank=rank, code=code, label=escape(label), value=value, unit=unit, low=low, high=high, flag=flag
        )
        for rank, (code, label, value, unit, low, high, flag) in enumerate(ANALYSES)
    )
    return (_HEADER + rows + _ENTRY + entries + _END).encode()
