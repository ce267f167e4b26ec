"""Random imaging requests, of every modality, urgent or not, with what the radiologist must know before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from maillon.formats.coded import Concept, Part
from maillon.formats.document import Author, ClinicalDocument, Result, Section, Statement
from tests.formats.cda.types.common import (
    LOINC,
    MOMENTS,
    PRIORITY,
    PROFESSIONS,
    PROSE,
    TA_ASIP,
    WORDS,
    act,
    among,
    attachment,
    chosen,
    concepts,
    headers,
    maybe,
    value_set,
)

SIDE = Concept(code="106233006", system="2.16.840.1.113883.6.96", label="modificateur topographique")
FUNCTIONS = {
    "PT": concepts(TA_ASIP, ("MED-1133", "FDG Oncologie /Infectieux/inflammatoire"), ("MED-1134", "FDG cérébrale"),
                   ("GEN-092.04.18", "Autre (autres traceurs, TEP-IRM)")),
    "NM": concepts(TA_ASIP, ("MED-1143", "Osseuse"), ("MED-1141", "Cardiaque : Perfusion myocardique")),
}  # fmt: skip
INJECTION = Concept(code="MED-1152", system=TA_ASIP, label="Injection de produit de contraste")
INJECTIONS = concepts(TA_ASIP, ("MED-1153", "avec injection de produit de contraste"),
                      ("MED-1154", "sans injection de produit de contraste"))  # fmt: skip
FILE = attachment(section_code="55107-7", title="Ancien cliché", kind=Concept(text="Ancien cliché"))
RADIOLOGIST = Author(
    id="899000000334",
    id_root="1.2.250.1.71.4.2.1",
    family_name="LE BIHAN",
    given_name="Soizic",
    prefix="MME",
    suffix="DR",
    profession_code="G15_10/SM44",
    profession_system=PROFESSIONS,
    profession_label="Médecin - Radio-diagnostic (SM)",
    organization_id="1990000052",
    organization_name="Centre d’imagerie des Tilleuls",
)


def history(code: str, label: str) -> st.SearchStrategy[Result]:
    return WORDS.map(lambda said: Result(code=code, system=LOINC, label=label, value_text=said))


def coded(code: str, system: str, label: str, values: st.SearchStrategy[Concept]) -> st.SearchStrategy[Result]:
    return st.builds(
        lambda value, comment, at: Result(
            code=code, system=system, label=label, value_code=value.code, value_system=value.system,
            value_text=value.label, comment=comment, at=at,
        ),
        values, maybe(WORDS), maybe(MOMENTS),
    )  # fmt: skip


@st.composite
def clinical_information(draw: st.DrawFn, *, contraindications: int = 0) -> list[Result]:
    """Histories, once each; contra-indications; needs."""
    against = coded("64100-1", LOINC, "Contre-indications", among("jdv-contre-indications"))
    need = coded("ORG-192", TA_ASIP, "Informations pour la prise en charge", among("jdv-info-prise-en-charge"))
    return [
        draw(history("11348-0", "Antécédents médicaux")),
        draw(history("47519-4", "Antécédents chirurgicaux")),
        *draw(st.lists(against, min_size=contraindications, max_size=2)),
        *draw(st.lists(need, max_size=1)),
    ]


def told() -> st.SearchStrategy[Result]:
    return WORDS.map(lambda said: Result(code="99622-3", system=LOINC, label="Informations pour le patient",
                                         value_text=said))  # fmt: skip


def informed() -> st.SearchStrategy[Result]:
    return st.booleans().map(lambda yes: Result(
        code="MED-1130", system=TA_ASIP, value_kind="BL", value_text="Oui" if yes else "Non",
        label="Le patient a-t-il été informé des risques relatifs à l'examen d'imagerie médicale ?",
    ))  # fmt: skip


@st.composite
def sites(draw: st.DrawFn) -> tuple[Concept, ...]:
    """The national schematron admits one side in a request, whatever the number of its sites."""
    found = draw(st.lists(among("jdv-localisation-anatomique"), min_size=1, max_size=3))
    side = draw(maybe(among("jdv-modificateur-topographique")))
    if side is not None:
        found[0] = replace(found[0], qualifiers=((SIDE, side),))
    return tuple(found)


PRIORITIES = st.one_of(
    WORDS.map(lambda why: Concept(code="UR", system=PRIORITY, label="Urgent", text=why)),
    st.just(Concept(code="R", system=PRIORITY, label="Routine")),
)


def _said(code: str, label: str, **answer: Any) -> Part:
    return Part(role="detail", code=Concept(code=code, system=TA_ASIP, label=label), **answer)


@st.composite
def requests(draw: st.DrawFn) -> Statement:
    modality = draw(st.sampled_from(value_set("jdv-modalite-demande-acte-imagerie")))
    function: tuple[Part, ...] = ()
    if modality.code in FUNCTIONS:
        function = (_said("MED-1133", "Fonction étudiée", value=draw(FUNCTIONS[modality.code])),)
    injected = draw(maybe(INJECTIONS)) if modality.code == "PT" else None
    return Statement(
        code=modality.code,
        system=modality.system,
        label=modality.label,
        qualifiers=((draw(st.sampled_from([INJECTION, Concept()])), injected),) if injected else (),
        mood="INT",
        start=draw(maybe(MOMENTS.map(lambda at: at[:10]))),
        priority=draw(maybe(PRIORITIES)),
        sites=draw(sites()),
        performer=draw(maybe(st.just(RADIOLOGIST))),
        comment=draw(maybe(WORDS)),
        parts=(
            *function,
            *chosen(
                draw,
                st.sampled_from(["Oui", "Non"]).map(
                    lambda said: _said("GEN-297", "Retour par téléphone souhaité", kind="BL", text=said)
                ),
                WORDS.map(lambda said: _said("GEN-296", "Évènements associés à l'examen demandé", text=said)),
            ),
        ),
    )  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> ClinicalDocument:
    main = replace(act("55115-0", LOINC, "Demande d'acte d'imagerie"), id="1.2.250.1.999.3^D-984")
    prose = draw(st.sampled_from([("55115-0",), ("55115-0", "30954-2")]))
    return ClinicalDocument(
        type_code="55115-0",
        type_system=LOINC,
        type_label="Demande d'actes d'imagerie",
        title="Demande d’acte d’imagerie",
        acts=(main,),
        results=(*draw(clinical_information()), draw(informed()), *draw(st.lists(told(), max_size=1))),
        plan=tuple(draw(st.lists(requests(), min_size=1, max_size=3))),
        attachments=draw(st.sampled_from([(), (FILE,)])),
        sections=tuple(Section(code=code, system=LOINC, title="Texte", text=draw(PROSE)) for code in prose),
        **draw(headers()),
    )
