"""What the practice software of the Tilleuls exports of the patients whom the team follows together: their medical
summary (VSM, structured), and the prescription of a telemonitoring. This is where coded problems and treatments come
from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from maillon.formats.document import ClinicalDocument, Section, Statement
from simulators.making import LOINC, TA_ASIP, Occasion, act_of, encounter_at, header, narrative_document, taking_part
from simulators.outgoing import OutgoingDocument
from simulators.people import Patient, Professional, Territory

ICD10: Final = "2.16.840.1.113883.6.3"
ATC: Final = "2.16.840.1.113883.6.73"
PARIS: Final = ZoneInfo("Europe/Paris")
DAYS_AGO: Final = 170
PRESCRIBED_DAYS_AGO: Final = 40
UNKNOWN_OR_NONE: Final = "2.16.840.1.113883.5.1150.1"
NO_ALLERGY: Final = Statement(
    code="no-known-allergies", system=UNKNOWN_OR_NONE, label="Pas d'allergie/hypersensibilité connue", absent=True,
    mood="EVN",
)  # fmt: skip
NO_ACT: Final = Statement(
    code="no-procedure-info", system=UNKNOWN_OR_NONE, label="Pas d’information sur les actes", absent=True, mood="EVN",
    section_code="47519-4",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """(code, label, since) of problems; (code, label, dosage) of treatments; what the doctor wants the team to see."""

    problems: tuple[tuple[str, str, str], ...]
    treatments: tuple[tuple[str, str, str], ...] = ()
    watch: str = "Aucun."


SHINGLES: Final = Statement(
    code="B02.9", system=ICD10, label="Zona", start="2012", end="2012", concern_status="completed", mood="EVN",
    section_code="11348-0",
)  # fmt: skip
METFORMIN: Final = ("A10BA02", "Metformine", "1 000 mg matin et soir")
DIABETES: Final = ("E11.9", "Diabète de type 2", "2016-03")
SUMMARIES: Final[Mapping[str, Known]] = {
    "diabete": Known(
        problems=(("E11.9", "Diabète de type 2", "2011-05"), ("I10", "Hypertension artérielle essentielle", "2014")),
        treatments=(METFORMIN, ("A10BB09", "Gliclazide", "60 mg le matin"), ("C08CA01", "Amlodipine", "5 mg le matin")),
        watch="Vit seul depuis deux ans ; sa voisine l’accompagne.",
    ),
    "homonyme-grenoble": Known(problems=(DIABETES,), treatments=(METFORMIN,)),
    "avk": Known(
        problems=(("I48.2", "Fibrillation auriculaire permanente", "2019-10"),),
        treatments=(("B01AA03", "Warfarine", "selon l’INR, le soir"), ("C07AB07", "Bisoprolol", "2,5 mg le matin")),
        watch="Antivitamine K : un carnet partagé avec l’infirmière et la pharmacie.",
    ),
    "centenaire": Known(
        problems=(("I50.9", "Insuffisance cardiaque", "2018"), ("M81.9", "Ostéoporose", "2009")),
        treatments=(("C03CA01", "Furosémide", "40 mg le matin"), ("N05CF01", "Zopiclone", "3,75 mg au coucher")),
        watch="Deux chutes en trois mois, la nuit.",
    ),
    "coeur": Known(
        problems=(("I50.0", "Insuffisance cardiaque congestive", "2021-02"),),
        treatments=(
            ("C03CA01", "Furosémide", "40 mg le matin"), ("C09AA05", "Ramipril", "5 mg le soir"),
            ("C07AB07", "Bisoprolol", "5 mg le matin"),
        ),
        watch="Deux hospitalisations : prévenir dès deux kilogrammes en trois jours.",
    ),
    "mere-homonyme": Known(
        problems=(
            ("L97", "Ulcère de jambe", "2026-05"), ("I83.0", "Varices des membres inférieurs avec ulcère", "2026-05"),
        ),
        treatments=(("N02BE01", "Paracétamol", "1 g avant le pansement"),),
        watch="Compression prescrite, mal supportée.",
    ),
}  # fmt: skip
TELEMONITORED: Final = "coeur"


def syntheses(territory: Territory, *, until: date) -> Iterator[OutgoingDocument]:
    """Sent to the nurse of the team, oldest first; one more diabetic of each treating doctor, so that a list is a
    list."""
    more = {each.key: Known(problems=(DIABETES,), treatments=(METFORMIN,)) for each in others(territory)}
    known = dict(SUMMARIES) | more
    for patient in territory.patients:
        if patient.key in known:
            yield _summary(territory, patient, known[patient.key], until=until)
    yield _prescription(territory, territory.patient(TELEMONITORED), until=until)


def others(territory: Territory) -> tuple[Patient, ...]:
    """Three more diabetics of the Tilleuls, without a story of their own."""
    named = (each for each in territory.patients if "diabete" in each.stories and each.key not in SUMMARIES)
    return tuple(each for each, _ in zip(named, range(3), strict=False))


def _occasion(territory: Territory, patient: Patient, author: Professional, *, day: date, key: str) -> Occasion:
    return Occasion(
        territory=territory, patient=patient, author=author, at=datetime.combine(day, time(9, 30), PARIS), key=key,
        recipients=(territory.professional("lefevre"),),
    )  # fmt: skip


def _summary(territory: Territory, patient: Patient, known: Known, *, until: date) -> OutgoingDocument:
    doctor = territory.professional(patient.treating_doctor)
    occasion = _occasion(territory, patient, doctor, day=until - timedelta(days=DAYS_AGO), key="vsm")
    document = ClinicalDocument(
        type_code="SYNTH", type_system=TA_ASIP, type_label="Synthèse", title="Volet de synthèse médicale",
        created_at=occasion.iso, confidentiality="N", language="fr-FR",
        acts=(act_of(occasion, code="34117-2", label="Historique et clinique", system=LOINC, start=occasion.iso),),
        encounter=encounter_at(occasion.house, code="AMB", start=occasion.iso),
        participants=(taking_part("legalAuthenticator", doctor, territory=territory, at=occasion.iso),),
        problems=tuple(
            Statement(code=code, system=ICD10, label=label, start=since, concern_status="active", mood="EVN",
                      section_code="11450-4")
            for code, label, since in known.problems
        )
        + (SHINGLES,),
        procedures=(NO_ACT,),
        allergies=(NO_ALLERGY,),
        medications=tuple(
            Statement(code=code, system=ATC, label=label, posology=how, mood="EVN", start=occasion.iso[:10])
            for code, label, how in known.treatments
        ),
        sections=(
            Section(code="29762-2", system=LOINC, title="Mode de vie", text="Ne fume pas."),
            Section(code="10161-8", system=LOINC, title="Risques professionnels", text="Sans particularité."),
            Section(code="10157-6", system=LOINC, title="Antécédents familiaux", text="Sans particularité."),
            Section(code="30954-2", system=LOINC, title="Points de vigilance", text=known.watch),
        ),
        **header(occasion),
    )  # fmt: skip
    return _outgoing(occasion, document)


def _prescription(territory: Territory, patient: Patient, *, until: date) -> OutgoingDocument:
    doctor = territory.professional("rossi")
    day = until - timedelta(days=PRESCRIBED_DAYS_AGO)
    occasion = _occasion(territory, patient, doctor, day=day, key="telesurveillance")
    act = act_of(
        occasion, code="57833-6", label="Prescription de produits de santé", system=LOINC, start=occasion.iso
    )
    document = narrative_document(
        occasion, type_code="57833-6", type_label="Prescription de produits de santé",
        title="Prescription d’une télésurveillance de l’insuffisance cardiaque",
        sections=(
            ("Motif", "Insuffisance cardiaque à fraction d’éjection altérée, deux hospitalisations en un an."),
            ("Prescription", "Télésurveillance médicale pendant six mois : poids, fréquence et tension chaque matin. "
                             "Lecture par l’équipe de la maison de santé, avis cardiologique sur alerte."),
        ),
        act=act, encounter=encounter_at(occasion.house, code="EXTERNE", start=occasion.iso),
    )  # fmt: skip
    return _outgoing(occasion, document)


def _outgoing(occasion: Occasion, document: ClinicalDocument) -> OutgoingDocument:
    return OutgoingDocument(
        document=document, sender=occasion.house.mailbox, sender_name=occasion.house.name,
        recipients=tuple(person.mailbox for person in occasion.recipients), patient=occasion.patient.key,
        sent_at=occasion.at, story="synthese",
    )  # fmt: skip
