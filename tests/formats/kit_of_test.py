"""A kit of a few rules in the form of the official one, around the schematron engine that lxml carries: enough to try
the machinery where the official kit is not at hand."""

from __future__ import annotations

from pathlib import Path

import lxml.isoschematron

SCH = "http://purl.oclc.org/dsdl/schematron"
GENERIC = {
    "IHE.sch": "",
    "CI-SIS_ModelesDeContenusCDA.sch": f"""<include xmlns="{SCH}" href="Include\\titre.sch"/>""",
    "CI-SIS_Modeles_ANS.sch": f"""<pattern xmlns="{SCH}"><rule context="cda:ClinicalDocument/cda:code">
      <assert test="@displayName" role="warning">[ANS] Le libellé du type est recommandé.</assert></rule></pattern>""",
    "structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch": f"""<pattern xmlns="{SCH}">
      <rule context="cda:recordTarget/cda:patientRole/cda:patient"><assert test="cda:birthTime/@value">[MIN] Erreur de
      conformité : la date de naissance du patient manque.</assert></rule>
      <rule context="cda:ClinicalDocument"><assert test="document('include/voc-1.2.3-DYNAMIC.xml')//concept[@code =
      current()/cda:code/@code]">[MIN] Le type n’est pas dans le jeu de valeurs.</assert></rule></pattern>""",
    "terminologies/schematron/terminologie.sch": f"""<pattern xmlns="{SCH}"><rule context="cda:languageCode">
      <assert test="document('../../../../jeuxDeValeurs/JDV_Absent.xml')//c">[JDV] JDV_Absent.xml</assert></rule>
      </pattern>""",
}
TITLE = f"""<pattern xmlns="{SCH}" id="titre"><rule context="cda:ClinicalDocument">
  <assert test="cda:title">[TITRE] Le titre manque.</assert></rule></pattern>"""
OWN = f"""<pattern xmlns="{SCH}"><rule context="cda:section[cda:code/@code='42349-1']"><assert
  test="cda:entry">[LDL-EES]
  Le code de la section doit appartenir au jeu de valeurs JDV_Motif.</assert></rule></pattern>"""
TABLE = """<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008"><ValueSet id="1.2.3"><ConceptList>
  <Concept code="18761-7" codeSystem="2.16.840.1.113883.6.1" displayName="Note"/>
  <Concept code="11488-4" codeSystem="2.16.840.1.113883.6.1" displayName="Consultation"/>
</ConceptList></ValueSet></RetrieveValueSetResponse>"""
SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:hl7-org:v3"
  elementFormDefault="qualified"><xs:element name="ClinicalDocument"><xs:complexType><xs:sequence>
  <xs:any minOccurs="5" maxOccurs="unbounded" processContents="skip"/></xs:sequence><xs:anyAttribute
  processContents="skip"/></xs:complexType></xs:element></xs:schema>"""


def schematron(content: str) -> str:
    return f"""<schema xmlns="{SCH}"><ns prefix="cda" uri="urn:hl7-org:v3"/>{content}</schema>"""


def make_kit(folder: Path) -> Path:
    """As the real one, it names a file in another case, lacks a table, and needs another in a second form."""
    files = {
        **{f"schematrons/profils/{name}": schematron(content) for name, content in GENERIC.items()},
        "schematrons/profils/include/Titre.sch": TITLE,
        "schematrons/profils/structurationMinimale/include/autre.xml": "<a/>",
        "schematrons/CI-SIS_LDL-EES_2022.01.sch": schematron(OWN),
        "jeuxDeValeurs/JDV_J07.xml": TABLE,
        "infrastructure/cda/CDA_extended.xsd": SCHEMA,
    }
    resources = Path(lxml.isoschematron.__file__).parent / "resources" / "xsl" / "iso-schematron-xslt1"
    for path in resources.glob("*.xsl"):
        name = path.name.replace("svrl_for_xslt1", "svrl_for_xslt2")
        files[f"schematrons/moteur/{name}"] = path.read_text(encoding="utf-8")
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    return folder
