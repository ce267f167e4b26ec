"""Six months of a team at work, told in order: who is included, what is answered and done, what nobody did.

Each gesture is that of a person, by the verbs of the rooms, on its day; between two days the plans are looked at as the
worker does. All of it is one transaction: told whole, or not at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import UUID

from maillon.access import api as access_room
from maillon.demo.house import House
from maillon.demo.protocols import DEVICE
from maillon.formats.fhir.device_report import Transmission
from maillon.forms import api as forms
from maillon.kernel.key import Access, Purpose
from maillon.pathways import api as pathways
from maillon.pathways.api import devices, moving, reactions, teams
from maillon.pathways.api import writing as together
from maillon.questions.api import Kind, day_of, subject_of
from maillon.tasks import api as tasks
from simulators.synthesis import others

Answers = Mapping[str, list[str]]
MACHINE: Final = access_room.machine("dispositif de télésurveillance de la démonstration")
INR: Final = "6301-6"
WARFARIN: Final = "B01AA03"
WEIGHT: Final = ("29463-7", "Poids", "kg")
SHARED_TEXT: Final = """Ce qui compte pour M. Lambert : rester à son jardin, et ne pas se piquer plus qu’il ne faut.

Infirmière : pesée et tension le premier lundi du mois, carnet regardé avec lui.

Pharmacie : pilulier de la semaine ; prévenir si une boîte reste pleine.

Médecin : ne pas descendre la cible sous 7 % (vit seul, gliclazide)."""
FEET: Final[Answers] = {
    "sites_droits": ["2"], "sites_gauches": ["3"], "arteriopathie": ["non"], "deformation": ["oui"],
    "antecedent": ["non"], "plaie": ["non"], "chaussage": ["oui"],
    "remarques": ["Hallux à droite. Montré comment regarder sous le pied avec un miroir."],
}  # fmt: skip
FALLS: Final[Answers] = {
    "chute": ["oui"], "peur": ["oui"], "instabilite": ["oui"], "nombre": ["2"], "sol": ["25"], "tug": ["24,5"],
    "unipodal": ["3"], "pas_couche": ["146"], "pad_couche": ["78"], "pas_debout": ["122"], "pad_debout": ["70"],
    "logement": ["tapis", "eclairage"], "remarques": ["Tombe la nuit, en allant aux toilettes."],
}  # fmt: skip
_NO_FLAG: Final = (
    "plaie", "luxation", "deficit", "polytrauma", "fievre", "appui_24h", "grossesse", "anticoagulant", "os_fragile",
    "chirurgie", "examen_impossible", "mediopied", "o1", "o2", "o3", "o4", "o5", "ecchymose", "laxite",
)  # fmt: skip
ANKLE: Final[Answers] = {name: ["non"] for name in _NO_FLAG} | {
    "torsion": ["oui"], "cote": ["droit"], "delai": ["20"], "circonstances": ["Trottoir, en courant."],
    "risque_te": ["non"], "malleoles": ["oui"], "appui": ["difficile"], "oedeme": ["net"], "eva": ["4"],
}  # fmt: skip


def wound(length: str, width: str) -> Answers:
    return {
        "siege": ["Jambe gauche, face interne"], "longueur": [length], "largeur": [width], "photo": ["oui"],
        "tissu": ["bourgeon", "fibrine"], "infection": ["non"], "fievre": ["non"], "exsudat": ["moyen"],
        "berges": ["actives"], "douleur": ["4"], "ips": ["0,95"], "compression": ["oui"],
    }  # fmt: skip


@dataclass(slots=True)
class Telling:
    """Days of the story, gathered then told from the oldest."""

    house: House
    protocols: Mapping[str, UUID]
    plans: dict[tuple[str, str], UUID] = field(default_factory=dict)
    _gestures: list[tuple[dt.datetime, Callable[[], object]]] = field(default_factory=list)

    def on(self, ago: int, gesture: Callable[[], object], *, hour: int = 10) -> None:
        self._gestures.append((self.house.moment(ago, hour), gesture))

    def tell(self) -> None:
        told: dt.datetime | None = None
        for moment, gesture in sorted(self._gestures, key=lambda each: each[0]):
            with self.house.days_ago((self.house.until - moment.date()).days, moment.hour):
                if told is None or moment > told:
                    reactions.sweep()
                gesture()
            told = moment

    # ------------------------------------------------------------------------------------------------ gestures

    def include(self, ago: int, who: str, patient: str, code: str, **given: object) -> None:
        def gesture() -> None:
            access = self.house.key(who, patient)
            plan = pathways.include(access, str(self.protocols[code]), agreed=True, **given)  # type: ignore[arg-type]
            self.plans[patient, code] = plan.uuid

        self.on(ago, gesture)

    def answer(self, ago: int, who: str, patient: str, form: str, answers: Answers) -> None:
        def gesture() -> None:
            access = self.house.key(who, patient, resource="questionnaire")
            uuid = forms.begin(access, form)
            forms.save(access, uuid, answers, revision=forms.read(access, uuid).revision)
            forms.sign(access, uuid)

        self.on(ago, gesture, hour=11)

    def do(self, ago: int, who: str, patient: str, code: str, step: str, comment: str = "") -> None:
        """The step that is open; one that is not asked at that time is left alone."""

        def gesture() -> None:
            access = self.house.key(who, patient)
            found = self.open_step(access, patient, code, step)
            if found is not None:
                moving.do_step(access, found, comment=comment)

        self.on(ago, gesture, hour=14)

    def leave(self, ago: int, who: str, patient: str, code: str, step: str, reason: str) -> None:
        def gesture() -> None:
            access = self.house.key(who, patient)
            found = self.open_step(access, patient, code, step)
            if found is not None:
                moving.leave_step(access, found, reason=reason)

        self.on(ago, gesture, hour=14)

    def open_step(self, access: Access, patient: str, code: str, step: str) -> UUID | None:
        shown = pathways.showing.plan(access, self.plans[patient, code])
        lines = (line for _, lines in shown.next_steps for line in lines)
        return next((line.uuid for line in lines if line.id == step), None)

    def move(self, ago: int, who: str, patient: str, code: str, to: str, reason: str = "") -> None:
        self.on(
            ago,
            lambda: moving.move(self.house.key(who, patient), self.plans[patient, code], to, reason=reason),
            hour=16,
        )

    def settle_alerts(self, ago: int, who: str, patient: str, code: str, comment: str) -> None:
        """Whatever was raised by then is answered by whom it is for."""

        def gesture() -> None:
            access = self.house.key(who, patient)
            for alert in pathways.showing.plan(access, self.plans[patient, code]).alerts:
                tasks.acknowledge(access, alert.uuid, outcome="fait", comment=comment)

        self.on(ago, gesture, hour=18)


def work(house: House, protocols: Mapping[str, UUID]) -> None:
    telling = Telling(house=house, protocols=protocols)
    for story in (_diabetes, _other_diabetics, _anticoagulation, _falls, _wound, _heart, _ankle):
        story(telling)
    telling.tell()


# ------------------------------------------------------------------------------------------------ patients


def _diabetes(telling: Telling) -> None:
    """Gérard Lambert, five months of it, with his words; the pharmacist's interview is late."""
    house, who = telling.house, "diabete"
    telling.include(152, "lefevre", who, "DIAB-01")

    def first_consultation() -> None:
        access, plan = house.key("morel", who), telling.plans[who, "DIAB-01"]
        moving.choose(access, plan, {"hba1c": "7.0"})
        together.add_goal(access, plan, "Continuer mon jardin sans être essoufflé", is_of_patient=True)
        together.add_goal(access, plan, "HbA1c à 7 % à l’été", is_of_patient=False)
        reached = together.add_goal(access, plan, "Marcher vingt minutes chaque jour", is_of_patient=True)
        together.change_goal(access, reached.uuid, state="atteint")
        together.write(access, plan, SHARED_TEXT, revision=0)

    telling.on(150, first_consultation, hour=15)
    telling.do(150, "morel", who, "DIAB-01", "M1", "Cible 7 %, plan écrit avec lui")
    telling.do(148, "lefevre", who, "DIAB-01", "I3", "Carnet tenu, pas d’hypoglycémie")
    telling.answer(120, "lefevre", who, "PIED", FEET)
    telling.do(118, "girard", who, "DIAB-01", "K1", "Marche 40 minutes, équilibre bon")
    telling.leave(90, "morel", who, "DIAB-01", "D1", "Le patient ne souhaite pas de bilan alimentaire pour l’instant")
    for ago, by, step, said in (
        (146, "lefevre", "I1", "81 kg, IMC 27, tension 13/8"), (140, "roche", "P1", "Pilulier tenu"),
        (110, "morel", "B2", "Débit de filtration stable"), (96, "morel", "R1", "Pas de rétinopathie"),
        (92, "marchand", "C1", "Rendez-vous pris et honoré chez le Dr Vial"),
        (84, "marchand", "O1", "Première séance chez la podologue de Valmont"), (61, "morel", "M2", "Va bien, marche"),
        (60, "morel", "M3", "Rythme sinusal, pas d’anomalie"), (55, "lefevre", "I1", "82 kg, tension 14/8"),
        (54, "lefevre", "I3", "Pas d’hypoglycémie"), (45, "roche", "P2", "Grippe et Covid-19 faits"),
    ):  # fmt: skip
        telling.do(ago, by, who, "DIAB-01", step, said)
    telling.settle_alerts(40, "morel", who, "DIAB-01", "Vu avec lui, gliclazide repris régulièrement")


def _other_diabetics(telling: Telling) -> None:
    """One begins, one is in hospital, one has moved away, one did not want it."""
    new = "homonyme-grenoble"
    telling.include(34, "lefevre", new, "DIAB-01", parameters={"hba1c": "7.0"})
    telling.do(33, "benali", new, "DIAB-01", "M1", "Cible 7 %, plan écrit avec lui")
    telling.do(32, "lefevre", new, "DIAB-01", "I1", "94 kg, IMC 31, tension 14/8")
    telling.do(31, "lefevre", new, "DIAB-01", "I3", "Lecteur remis, montré")
    telling.do(28, "roche", new, "DIAB-01", "P1", "Trois boîtes de metformine d’avance")
    for patient, story in zip(others(telling.house.territory), (_in_hospital, _moved_away, _unwilling), strict=False):
        story(telling, patient.key)


def _in_hospital(telling: Telling, who: str) -> None:
    telling.include(100, "lefevre", who, "DIAB-01", parameters={"hba1c": "8.0"})
    telling.move(12, "lefevre", who, "DIAB-01", "suspendu", "Hospitalisation")


def _moved_away(telling: Telling, who: str) -> None:
    telling.include(140, "lefevre", who, "DIAB-01", parameters={"hba1c": "7.0"})
    telling.move(25, "marchand", who, "DIAB-01", "sorti", "Déménagement")


def _unwilling(telling: Telling, who: str) -> None:
    reason, version = "Trop de rendez-vous ; en reparler au printemps", str(telling.protocols["DIAB-01"])
    telling.on(60, lambda: pathways.refuse(telling.house.key("lefevre", who), version, reason=reason))


def _anticoagulation(telling: Telling) -> None:
    """Monique Roussel, since her warfarin was last dispensed: each INR was decided of the day it came."""
    house, who = telling.house, "avk"
    facts = subject_of(house.key("morel", who, resource="record")).facts
    dispensed = max(day_of(fact.at) for fact in facts if fact.kind is Kind.MEDICATION and fact.code == WARFARIN)
    since = (house.until - dispensed).days - 1
    telling.include(since, "morel", who, "AVK-01", parameters={"inr": "2.5", "inr_bas": "2", "inr_haut": "3"})
    telling.do(since, "morel", who, "AVK-01", "M1", "Zone 2 à 3, fibrillation auriculaire, au long cours")
    for ago in range(since - 1, 0, -28):
        telling.do(ago, "lefevre", who, "AVK-01", "I2", "Carnet à jour, pas de saignement")
    measured = {day_of(fact.at) for fact in facts if fact.kind is Kind.OBSERVATION and fact.code == INR}
    for ago in sorted({(house.until - day).days for day in measured}):
        if 0 < ago <= since:
            telling.do(ago, "morel", who, "AVK-01", "DEC", "Même dose ; prochain INR dans un mois")
            telling.settle_alerts(ago, "morel", who, "AVK-01", "Vu : dose et prochain contrôle dits au téléphone")


def _falls(telling: Telling) -> None:
    """Augustine Charvet, 103: two falls, a physiotherapist who is waited for, a meeting to arrange."""
    telling.include(58, "lefevre", "centenaire", "CHUTE-01")
    telling.answer(50, "lefevre", "centenaire", "CHUTE", FALLS)
    telling.settle_alerts(49, "morel", "centenaire", "CHUTE-01", "Vue à domicile, tension revue, zopiclone à arrêter")
    telling.do(36, "morel", "centenaire", "CHUTE-01", "E3", "Pas de signe de gravité ; zopiclone arrêtée par paliers")


def _wound(telling: Telling) -> None:
    who = "mere-homonyme"
    telling.include(24, "lefevre", who, "PLAIE-01")
    for ago, length, width in ((23, "4,5", "2,5"), (16, "4,2", "2,3"), (9, "3,8", "2"), (2, "3,4", "1,8")):
        telling.answer(ago, "lefevre", who, "PLAIE", wound(length, width))


def _heart(telling: Telling) -> None:
    """Raymond Barbier weighs himself; the device is the manufacturer's, and its alerts are its own."""
    house, who = telling.house, "coeur"
    telling.include(30, "lefevre", who, "IC-TLS", proof="Signé le jour même, au classeur des accords")
    telling.do(29, "lefevre", who, "IC-TLS", "FORMATION", "Balance et tensiomètre reliés, essai réussi")
    telling.move(29, "lefevre", who, "IC-TLS", "active")
    for rank, ago in enumerate(range(20, -1, -2)):
        weight = Decimal("74.2") + Decimal(rank) / 10
        telling.on(ago, partial(_measure, house, who, weight, ago), hour=8)


def _measure(house: House, patient: str, weight: Decimal, ago: int) -> None:
    access = access_room.open_record(
        MACHINE, house.patient(patient), purpose=Purpose.INTAKE, action="create", resource_type="observation"
    )
    code, label, unit = WEIGHT
    devices.receive(
        access,
        Transmission(
            identifier=f"urn:demonstration|{patient}-{ago}", device=DEVICE, patient=access.patient_uuid,
            at=house.moment(ago, 7), code=code, label=label, value=weight, unit=unit,
        ),
    )  # fmt: skip


def _ankle(telling: Telling) -> None:
    """Camille Petit saw the physiotherapist the day before yesterday, a delegating doctor could be reached."""
    house, who = telling.house, "cheville"
    version = pathways.ProtocolVersion.objects.get(uuid=telling.protocols["TORSION-CHEVILLE"])
    for ago in (2, 0):
        until = house.moment(ago, 20)
        reachable = partial(teams.be_reachable, house.actor("morel"), version, until=until, phone="01 99 00 00 11")
        telling.on(ago, reachable, hour=8)
    telling.include(2, "girard", who, "TORSION-CHEVILLE")
    telling.answer(2, "girard", who, "TORSION", ANKLE)
    telling.move(2, "girard", who, "TORSION-CHEVILLE", "suivi")
