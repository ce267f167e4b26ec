"""Random pieces that the types share: words, dates, codes of the national value sets, people, headers.

The pieces are drawn as a composer would make them: kinds and statuses may be left to the writer, items come in any
order. Words hold accents, quotes, ampersands and angle brackets.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from maillon.formats.coded import Concept, Dosage, Ingredient, Part, Product, Quantity, Timing
from maillon.formats.document import (
    Act,
    Attachment,
    Author,
    Encounter,
    LocalId,
    Organization,
    Participant,
    Result,
    Statement,
    Version,
)
from tests.formats.cda import written

LOINC = "2.16.840.1.113883.6.1"
SNOMED = "2.16.840.1.113883.6.96"
CIM10 = "2.16.840.1.113883.6.3"
CISP2 = "2.16.840.1.113883.6.139"
CCAM = "1.2.250.1.215.300.1"
ATC = "2.16.840.1.113883.6.73"
CIS = "1.2.250.1.213.2.3.1"
CIP = "1.2.250.1.213.2.3.2"
EDQM = "0.4.0.127.0.16.1.1.2.1"
EMDN = "1.2.250.1.213.2.68"
TA_ASIP = "1.2.250.1.213.1.1.4.322"
ACT_CODE = "2.16.840.1.113883.5.4"
PRIORITY = "2.16.840.1.113883.5.7"
ABSENT = "2.16.840.1.113883.5.1150.1"
PROFESSIONS = "1.2.250.1.213.1.1.4.5"
CONTENT = Path(__file__).parents[4] / "content" / "terminologie"
PDF = b"%PDF-1.4\n% copie\n%%EOF\n"


@cache
def value_set(name: str) -> tuple[Concept, ...]:
    """The concepts of a national value set, from the product's own terminology."""
    found = []
    for file in ("concepts.csv", "concepts-snomed-ct.csv"):
        with (CONTENT / file).open(encoding="utf-8") as rows:
            found += [
                Concept(code=row["code"], system=row["system"], label=" ".join(row["display"].split()))
                for row in csv.DictReader(rows)
                if row["set"] == name
            ]
    assert found, name
    return tuple(found)


def among(name: str) -> st.SearchStrategy[Concept]:
    return st.sampled_from(value_set(name))


def concepts(system: str, *pairs: tuple[str, str]) -> st.SearchStrategy[Concept]:
    return st.sampled_from([Concept(code=code, system=system, label=label) for code, label in pairs])


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


WORDS = st.sampled_from(
    [
        "Toux sèche", "Fièvre à 39 °C", "Douleur thoracique « en étau »", "A & B < C", "Suivi d’œdème", "Sevré en 2019",
        'Diabète "équilibré"', "Ne pas arrêter sans avis", "Prendre au milieu du repas", "HTA > 160/95", "Éruption",
        "Chute il y a 3 jours, sans perte de connaissance", "Contrôle dans 1 mois", "N° 12", "Vu avec l’épouse",
    ]
)  # fmt: skip
PROSE = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
DATES = st.dates(date(1950, 1, 1), date(2026, 5, 1)).map(lambda day: day.isoformat())
MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2026, 5, 1)).map(
    lambda at: at.replace(microsecond=0).isoformat() + "+02:00"
)
PARTIAL_DATES = st.one_of(DATES, DATES.map(lambda day: day[:7]), DATES.map(lambda day: day[:4]))
NUMBERS = st.one_of(
    st.integers(1, 900).map(str), st.decimals(1, 90, places=1, allow_nan=False, allow_infinity=False).map(str)
)

DIAGNOSES = st.one_of(
    concepts(CIM10, ("I10", "Hypertension essentielle (primitive)"), ("E11", "Diabète sucré de type 2"),
             ("N10", "Néphrite tubulo-interstitielle aiguë"), ("J45.9", "Asthme, sans précision"),
             ("F32", "Épisodes dépressifs"), ("I48", "Fibrillation et flutter auriculaires")),
    concepts(CISP2, ("T89", "Diabète insulino-dépendant"), ("K86", "Hypertension non compliquée")),
)  # fmt: skip
ACTS = concepts(CCAM, ("DDAF004", "Dilatation intraluminale de 2 vaisseaux coronaires avec pose d'endoprothèse"),
                ("HHFA011", "Appendicectomie, par abord de la fosse iliaque"), ("NFFC004", "Méniscectomie latérale"),
                ("JQGD010", "Accouchement céphalique unique par voie naturelle"))  # fmt: skip
MEDICINES = st.sampled_from(
    [
        ("60019927", "SOLIAN 100 mg, comprimé sécable", "3400934874741", "N05AL05", "amisulpride"),
        ("63564053", "PLAVIX 75 mg, comprimé pelliculé", "3400938022209", "B01AC04", "clopidogrel"),
        ("60234100", "DOLIPRANE 1000 mg, comprimé", "3400935955838", "N02BE01", "paracétamol"),
        ("62080626", "LEVOTHYROX 75 microgrammes, comprimé sécable", "3400930065785", "H03AA01", "lévothyroxine"),
    ]
)
ROUTES = concepts(EDQM, ("20053000", "Voie orale"), ("20066000", "Voie sous-cutanée"), ("20035000", "Voie "
                  "intramusculaire"))  # fmt: skip
EVENTS = concepts("2.16.840.1.113883.5.139", ("ACM", "avant le petit déjeuner"), ("HS", "au coucher"), ("CD", "au "
                  "déjeuner"))  # fmt: skip


@st.composite
def periods(draw: st.DrawFn) -> dict[str, str | None]:
    """A beginning and an end, in that order, either of which may be unknown."""
    first, second = sorted((draw(DATES), draw(DATES)))
    return draw(st.sampled_from([
        {"start": first, "end": second}, {"start": first, "end": None}, {"start": first[:7], "end": None},
        {"start": first[:4], "end": None}, {"start": None, "end": None},
    ]))  # fmt: skip


def severities() -> st.SearchStrategy[Part]:
    return among("jdv-severite-observation").map(lambda said: Part(role="severity", value=said))


def statuses(system: str) -> st.SearchStrategy[Part]:
    said = concepts(system, ("active", "Actif"), ("inactive", "Inactif"), ("resolved", "Résolu"))
    return said.map(lambda value: Part(role="status", value=value))


def qualifications(code: str, system: str, label: str, values: st.SearchStrategy[Concept]) -> Any:
    question = Concept(code=code, system=system, label=label)
    return values.map(lambda value: Part(role="qualifier", code=question, value=value))


CERTAINTIES = qualifications("66455-7", LOINC, "Certitude", concepts("2.16.840.1.113883.4.642.1.1075",
                             ("confirmed", "Confirmé"), ("provisional", "Provisoire")))  # fmt: skip
CRITICALITIES = qualifications("82606-5", LOINC, "Criticité", concepts("2.16.840.1.113883.4.642.4.130",
                               ("low", "Bas"), ("high", "Élevé")))  # fmt: skip


@st.composite
def reactions(draw: st.DrawFn) -> Part:
    value = draw(st.one_of(
        concepts(CIM10, ("L50.9", "Urticaire, sans précision"), ("R50.2", "Fièvre due à des médicaments")),
        concepts(SNOMED, ("126485001", "urticaire")),
    ))  # fmt: skip
    severity = draw(maybe(severities()))
    return Part(
        role="reaction",
        value=value,
        negated=draw(st.booleans()),
        start=draw(maybe(DATES)),
        parts=(severity,) if severity else (),
    )


def reasons() -> st.SearchStrategy[Part]:
    return DIAGNOSES.map(lambda code: Part(role="reason", code=code))


def chosen(draw: st.DrawFn, *strategies: st.SearchStrategy[Part]) -> tuple[Part, ...]:
    """Some of these parts, each at most once, in this order."""
    return tuple(part for one in strategies if (part := draw(maybe(one))) is not None)


def absent(name: str, **others: Any) -> st.SearchStrategy[Statement]:
    """« Aucun connu » and « pas d’information » of a value set."""
    return among(name).map(lambda said: Statement(
        code=said.code, system=said.system, label=said.label, absent=True, mood="EVN", **others
    ))  # fmt: skip


@st.composite
def problems(draw: st.DrawFn, section: str | None = None) -> Statement:
    coded = draw(DIAGNOSES)
    kind = draw(maybe(concepts(SNOMED, ("55607006", "problème"), ("418799008", "symptôme rapporté par le patient"))))
    when = draw(periods())
    return Statement(
        code=coded.code,
        system=coded.system,
        label=coded.label,
        text=draw(maybe(WORDS)),
        negated=draw(st.booleans()),
        kind=kind.code if kind else None,
        kind_system=kind.system if kind else None,
        kind_label=kind.label if kind else None,
        concern_status=draw(st.sampled_from([None, "active", "suspended", "aborted", "completed"])),
        mood="EVN",
        section_code=section,
        concern_start=draw(maybe(DATES)) if when["end"] is None else None,
        comment=draw(maybe(WORDS)),
        parts=chosen(draw, severities(), statuses("2.16.840.1.113883.4.642.1.1074"), CERTAINTIES),
        **when,
    )


@st.composite
def allergies(draw: st.DrawFn) -> Statement:
    kind = draw(among("jdv-type-evenement-indesirable-previsible"))
    agent = draw(st.one_of(
        concepts(CIS, ("67017786", "PARACETAMOL")), concepts(ATC, ("J01CA04", "amoxicilline")),
        concepts("2.16.840.1.113883.6.347", ("XM5DJ7", "Paracétamol")),
    ))  # fmt: skip
    return Statement(
        code=agent.code,
        system=agent.system,
        label=agent.label,
        text=draw(maybe(WORDS)),
        negated=draw(st.booleans()),
        kind=kind.code,
        kind_system=kind.system,
        kind_label=kind.label,
        mood="EVN",
        product=draw(maybe(st.just(Product(name="Paracétamol")))),
        comment=draw(maybe(WORDS)),
        parts=(
            *chosen(draw, severities(), statuses("2.16.840.1.113883.4.642.4.1373"), CRITICALITIES),
            *draw(st.lists(reactions(), max_size=2)),
        ),
        **draw(periods()),
    )


@st.composite
def dosages(draw: st.DrawFn) -> Dosage:
    low = draw(st.integers(1, 4))
    unit, words = draw(st.sampled_from(["{tablet}", "mg"])), draw(maybe(st.just("1 comprimé")))
    dose = Quantity(low=str(low), high=str(low + draw(st.integers(0, 2))), unit=unit, text=words)
    every = Quantity(low=(number := str(draw(st.integers(1, 12)))), high=number, unit=draw(st.sampled_from("hd")))
    timing = draw(st.one_of(
        st.just(Timing(every=every)), st.just(Timing(every=every, text="matin et soir")),
        EVENTS.map(lambda event: Timing(event=event)),
    ))  # fmt: skip
    rate = Quantity(low="100", high="100", unit="mg/d")
    most = (Quantity(low="200", high="200", unit="mg"), Quantity(low="1", high="1", unit="d"))
    return Dosage(
        dose=dose,
        rate=draw(st.sampled_from([None, rate])),
        maximum=draw(st.sampled_from([None, most])),
        timings=(timing,),
    )


@st.composite
def medications(draw: st.DrawFn) -> Statement:
    cis, label, cip, atc, substance = draw(MEDICINES)
    classes = draw(st.sampled_from([(), (Concept(code=atc, system=ATC, label=substance),)]))
    strength = (Quantity(low="75", high="75", unit="mg"), Quantity(low="1", high="1"))
    ingredient = Ingredient(substance=Concept(code="100000091647", system="2.16.840.1.113883.3.6905.2",
                                              label=substance.upper()), name=substance, strength=strength)  # fmt: skip
    dosage = draw(maybe(dosages()))
    return Statement(
        code=cis,
        system=CIS,
        label=label,
        text=draw(maybe(WORDS)),
        negated=draw(st.booleans()),
        mood="EVN",
        translations=draw(st.sampled_from([(), ((cip, CIP, f"{label}, 30 comprimés"),)])),
        product=draw(st.sampled_from([
            None, Product(name=label.split(",")[0]),
            Product(name=label.split(",")[0], classes=classes, ingredients=(ingredient,)),
        ])),
        dosage=dosage,
        posology=None if dosage else draw(maybe(WORDS)),
        route_code=draw(maybe(ROUTES)),
        comment=draw(maybe(WORDS)),
        parts=chosen(draw, reasons()),
        **draw(periods()),
    )  # fmt: skip


@st.composite
def procedures(draw: st.DrawFn, section: str | None = None) -> Statement:
    coded = draw(ACTS)
    return Statement(
        code=coded.code,
        system=coded.system,
        label=coded.label,
        text=draw(maybe(WORDS)),
        mood="EVN",
        section_code=section,
        comment=draw(maybe(WORDS)),
        approach=draw(maybe(concepts(SNOMED, ("229801003", "intra-arterial")))),
        sites=tuple(draw(st.lists(among("jdv-localisation-anatomique"), max_size=1))),
        author=draw(maybe(st.just(GENERAL_PRACTITIONER))),
        parts=chosen(draw, reasons()),
        **draw(periods()),
    )


STRUCTURE = Organization(id="1990000045", name="Maison de santé « Les Carmes »")
GENERAL_PRACTITIONER = Author(
    id="899000000227",
    id_root="1.2.250.1.71.4.2.1",
    family_name="D’ALMEIDA",
    given_name="Inès",
    prefix="MME",
    suffix="DR",
    profession_code="G15_10/SM26",
    profession_system=PROFESSIONS,
    profession_label="Médecin - Qualifié en Médecine Générale (SM)",
    organization_id=STRUCTURE.id,
    organization_name=STRUCTURE.name,
    at="2026-05-04T14:30:00+02:00",
)
TRAITS = replace(written.TRAITS, local_ids=(LocalId(root="1.2.250.1.999.1.3", extension="MSP<1>"),))


def taking_part(role: str, *, function: str | None = None, at: str | None = "2026-05-04T14:30:00+02:00") -> Participant:
    person = GENERAL_PRACTITIONER
    return Participant(
        role=role,
        function_code=function,
        id=person.id,
        family_name=person.family_name,
        given_name=person.given_name,
        profession_code=person.profession_code,
        organization_id=person.organization_id,
        organization_name=person.organization_name,
        at=at,
    )


def act(code: str, system: str, label: str) -> Act:
    person = GENERAL_PRACTITIONER
    return Act(
        code=code,
        system=system,
        label=label,
        start="2026-05-04T08:00:00+02:00",
        end="2026-05-04T14:00:00+02:00",
        performer_organization=STRUCTURE.name,
        practice_setting_code="AMBULATOIRE",
        performer_id=person.id,
        performer_organization_id=person.organization_id,
    )


@st.composite
def headers(draw: st.DrawFn) -> dict[str, Any]:
    """What every document carries; the type adds its code, its label, its title and its act."""
    number = draw(st.integers(1, 9))
    return {
        "created_at": "2026-05-04T14:30:00+02:00",
        "confidentiality": draw(st.sampled_from([None, "N", "R", "V"])),
        "version": Version(
            id=f"1.2.250.1.999.{number}^V{number}",
            set_id="1.2.250.1.999.7",
            number=number,
            replaces="1.2.250.1.999.7^V0" if number > 1 else None,
        ),
        "patient": TRAITS,
        "authors": (GENERAL_PRACTITIONER,),
        "custodian": STRUCTURE,
        "participants": (taking_part("legalAuthenticator"),),
        "encounter": Encounter(code="AMB", facility_type="SA52", facility_name=STRUCTURE.name,
                               start="2026-05-04T08:00:00+02:00"),
    }  # fmt: skip


def attachment(data: bytes = PDF, **others: Any) -> Attachment:
    return Attachment(media_type="application/pdf", size=len(data), sha256=hashlib.sha256(data).hexdigest(), data=data,
                      **others)  # fmt: skip


@st.composite
def devices(draw: st.DrawFn) -> Statement:
    coded = draw(concepts(EMDN, ("J010104", "STIMULATEUR CARDIAQUE IMPLANTABLE TRIPLE CHAMBRE"),
                          ("P07040201", "STENTS CORONAIRES")))  # fmt: skip
    return Statement(
        code=coded.code,
        system=coded.system,
        label=coded.label,
        text=draw(maybe(WORDS)),
        mood="EVN",
        comment=draw(maybe(WORDS)),
        device_id=draw(st.sampled_from([None, "2.16.840.1.113883.3.3719^(01)00844588003288"])),
        product=draw(st.sampled_from([None, Product(name="Modèle A & B")])),
        performer=draw(maybe(st.just(GENERAL_PRACTITIONER))),
        **draw(periods()),
    )


VACCINES = st.sampled_from(
    [
        ("60917345", "REVAXIS, suspension injectable en seringue préremplie", "J07CA01", "Diphtérie-tétanos"),
        ("68747507", "VACCIN TETANIQUE PASTEUR, suspension injectable", "J07AM", "vaccins tétaniques"),
    ]
)  # fmt: skip
VACCINATION_KINDS = concepts(ACT_CODE, ("INITIMMUNIZ", "1ère série vaccinante"), ("BOOSTER", "Rappel"),
                             ("IMMUNIZ", "Vaccination sans autre précision"))  # fmt: skip


@st.composite
def vaccinations(draw: st.DrawFn, *, whole: bool = False) -> Statement:
    """`whole`: with all that a note of vaccination must say."""
    cis, label, atc, disease = draw(VACCINES)
    kind = draw(VACCINATION_KINDS)
    some: Any = (lambda strategy: strategy) if whole else maybe
    return Statement(
        code=cis,
        system=CIS,
        label=label,
        text=draw(maybe(WORDS)),
        kind=kind.code,
        kind_system=kind.system,
        kind_label=kind.label,
        negated=False if whole else draw(st.booleans()),
        mood="EVN",
        translations=((atc, ATC, disease),),
        lot=draw(some(st.sampled_from(["4456672", "AB-12/3"]))),
        rank=draw(maybe(st.sampled_from(["1", "2", "5"]))),
        start=draw(DATES),
        route_code=draw(maybe(concepts(EDQM, ("20035000", "Voie intramusculaire")))),
        approach=draw(maybe(among("jdv-immunization-approach-site-code"))),
        performer=draw(some(st.just(GENERAL_PRACTITIONER))),
        author=draw(some(st.just(GENERAL_PRACTITIONER))),
        comment=draw(maybe(WORDS)),
        parts=tuple(draw(st.lists(reactions(), max_size=1))),
    )


def measure(code: str, label: str, unit: str | None, *, section: str, **others: Any) -> st.SearchStrategy[Result]:
    return st.builds(
        Result, code=st.just(code), system=st.just(LOINC), label=st.just(label), value=NUMBERS, unit=st.just(unit),
        at=maybe(DATES), section_code=st.just(section), comment=maybe(WORDS),
        **{name: st.just(value) for name, value in others.items()},
    )  # fmt: skip


def answer(
    code: str, system: str, label: str, values: st.SearchStrategy[Concept], *, section: str, **others: Any
) -> st.SearchStrategy[Result]:
    return st.builds(
        lambda value, at, comment: Result(
            code=code, system=system, label=label, value_text=value.label, value_code=value.code,
            value_system=value.system, at=at, comment=comment, section_code=section, **others,
        ),
        values, maybe(DATES), maybe(WORDS),
    )  # fmt: skip


VITAL_SIGNS = st.one_of(
    measure("29463-7", "Poids", "kg", section="8716-3"),
    measure("8302-2", "Taille", "cm", section="8716-3"),
    measure("8480-6", "Pression artérielle systolique", "mm[Hg]", section="8716-3"),
    measure("8867-4", "Fréquence cardiaque", "/min", section="8716-3"),
    measure("8310-5", "Température", "Cel", section="8716-3"),
    measure("39156-5", "IMC", "kg/m2", section="8716-3"),
)
HABITS = st.one_of(
    measure("74011-8", "Consommation tabagique", "{pack}/a", section="29762-2"),
    measure("74013-4", "Consommation d'alcool", "{drink}/d", section="29762-2"),
    answer("11343-1", LOINC, "Consommation de drogue non médicales", concepts(SNOMED, ("398705004", "Cannabis")),
           section="29762-2"),
)  # fmt: skip
PREGNANCIES = st.one_of(
    answer("11449-6", LOINC, "Statut de grossesse", among("jdv-statut-grossesse"), section="10162-6"),
    st.builds(lambda at: Result(code="11778-8", system=LOINC, label="Date estimée de l'accouchement", value_kind="TS",
                                value_at=at, section_code="10162-6"), DATES),
    st.integers(0, 6).map(lambda number: Result(code="11638-4", system=LOINC, label="Nombre d'enfants vivants",
                                                value=str(number), value_kind="INT", section_code="10162-6")),
)  # fmt: skip


@st.composite
def family_history(draw: st.DrawFn) -> Result:
    kin = draw(concepts("2.16.840.1.113883.5.111", ("MTH", "Mère"), ("FTH", "Père")))
    said = draw(DIAGNOSES)
    return Result(
        code="282291009",
        system=SNOMED,
        label="interprétation diagnostique",
        value_text=said.label,
        value_code=said.code,
        value_system=said.system,
        subject=kin,
        subject_sex="F" if kin.code == "MTH" else "M",
        negated=draw(st.booleans()),
        section_code="10157-6",
        comment=draw(maybe(WORDS)),
    )


@st.composite
def planned(draw: st.DrawFn) -> Statement:
    wanted = draw(st.sampled_from([
        Statement(code="22748-8", system=LOINC, label="Cholestérol LDL", kind="OBS", mood="INT"),
        Statement(code="CBLA001", system=CCAM, label="Pose d'une prothèse auditive", kind="PROC", mood="INT",
                  priority=Concept(code="EL", system=PRIORITY, label="Bénéfique mais pas essentiel")),
        Statement(code="AMB", system=ACT_CODE, label="Ambulatoire", kind="ENC", mood="ARQ", place="Hôpital & annexes",
                  performer=GENERAL_PRACTITIONER),
        Statement(code="J07AN", system=ATC, label="Vaccin antituberculeux", kind="IMMUNIZ", mood="INT",
                  kind_system=ACT_CODE, kind_label="Vaccination sans autre précision",
                  translations=(("J07AN", ATC, "Vaccin antituberculeux"),)),
    ]))  # fmt: skip
    return replace(wanted, start=draw(DATES), comment=draw(maybe(WORDS)), section_code="18776-5")


def known(item: st.SearchStrategy[Statement], none: st.SearchStrategy[Statement]) -> st.SearchStrategy[Any]:
    """Some, or « aucun connu »."""
    return st.one_of(none.map(lambda said: [said]), st.lists(item, min_size=1, max_size=2))
