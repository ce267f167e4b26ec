"""The schema of content/parcours/*.yaml: one journey per file, a step being who does what, with which document, to
whom, what must then be true, and within what delay.

The verbs are a closed list; a journey that only uses them is a new file and nothing else.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Final, Literal, Self

Verb = Literal[
    "demander", "accueillir", "identifier", "ecrire", "remplir", "publier", "dispenser", "lire", "consulter",
    "recevoir", "deposer",
]  # fmt: skip
VERBS: Final[dict[Verb, str]] = {
    "demander": "écrit depuis Mon espace santé, et joint ses réponses",
    "accueillir": "retrouve ou crée le dossier à partir de ce qui est arrivé",
    "identifier": "relève l’identité et appelle INSi",
    "ecrire": "écrit, signe et diffuse un document",
    "remplir": "remplit et signe un questionnaire",
    "publier": "produit un document dans son propre logiciel et l’envoie",
    "dispenser": "relève l’ordonnance reçue, délivre et en rend compte",
    "lire": "ouvre ce qui lui est arrivé et le marque lu",
    "consulter": "ouvre le dossier",
    "recevoir": "relève sa boîte et vérifie ce qui lui est arrivé",
    "deposer": "dépose depuis son propre logiciel, par l’interface FHIR",
}
Outside = Literal["patient", "hopital", "laboratoire", "imagerie", "pharmacie", "samu"]
OUTSIDE: Final[dict[Outside, str]] = {
    "patient": "Mon espace santé du patient",
    "hopital": "hôpital",
    "laboratoire": "laboratoire",
    "imagerie": "imagerie",
    "pharmacie": "pharmacie",
    "samu": "SAMU",
}
VERBS_OF_OUTSIDE: Final[frozenset[Verb]] = frozenset({"demander", "publier", "dispenser", "recevoir"})
DONE_BY: Final[dict[Verb, Outside]] = {"demander": "patient", "dispenser": "pharmacie"}  # by nobody else
Channel = Literal["dmp", "mes"]
CHANNELS: Final[dict[Channel, str]] = {"dmp": "DMP", "mes": "Mon espace santé"}

IrritantCode = Literal["IR1", "IR2", "IR3", "IR4", "IR5", "IR6", "IR7", "IR8", "IR9", "IR10", "IR11"]
IRRITANTS: Final[dict[IrritantCode, str]] = {
    "IR1": "INS non qualifiée",
    "IR2": "Mon espace santé absent ou opposition",
    "IR3": "Pas d’adresse MSSanté",
    "IR4": "Ancien format",
    "IR5": "Doublon",
    "IR6": "Homonyme ou mauvais destinataire",
    "IR7": "Professionnel non formé ou seul",
    "IR8": "Document hospitalier en retard",
    "IR9": "Biologie en PDF seul",
    "IR10": "Ordonnance illisible pour le suivant",
    "IR11": "Boîte non relevée",
}
_MOMENT: Final = re.compile(r"J(\d{1,3}) ([01]\d|2[0-3]):([0-5]\d)")
_DELAY: Final = re.compile(r"(\d{1,3}) (min|h|j)")
_MINUTES: Final = {"min": 1, "h": 60, "j": 1440}


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """« J3 09:30 »: the day counted from the first one, and the hour in Paris."""

    day: int
    hour: int
    minute: int

    @classmethod
    def of_text(cls, text: str) -> Self:
        found = _MOMENT.fullmatch(text)
        if found is None:
            raise ValueError(f"moment attendu sous la forme « J0 09:10 », « {text} » trouvé")
        return cls(*(int(part) for part in found.groups()))

    def __str__(self) -> str:
        return f"J{self.day} {self.hour:02d}:{self.minute:02d}"

    @property
    def minutes(self) -> int:
        return (self.day * 24 + self.hour) * 60 + self.minute


@dataclass(frozen=True, slots=True, order=True)
class Delay:
    """« 15 min », « 4 h », « 2 j »."""

    minutes: int
    text: str = field(compare=False)

    @classmethod
    def of_text(cls, text: str) -> Self:
        found = _DELAY.fullmatch(text)
        if found is None or not int(found[1]):
            raise ValueError(f"délai attendu sous la forme « 15 min », « 4 h » ou « 2 j », « {text} » trouvé")
        return cls(int(found[1]) * _MINUTES[found[2]], text)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Actor:
    """`personne` names somebody of the demonstration's cast; on a field day, a real person takes the role.
    `dehors`: works outside Maillon, in their own program, which only speaks the protocols. `jamais_connecte`: has an
    account that was never used; they are written to, and nothing is seen through their eyes."""

    role: str
    profession: str  # JDV_J01, or a code of JDV_J65; « patient »
    structure: str  # JDV_J02; empty for the patient
    personne: str = ""
    dehors: Outside | None = None
    jamais_connecte: bool = False

    @property
    def is_at_work(self) -> bool:
        """Opens the pages of Maillon."""
        return self.dehors is None and not self.jamais_connecte


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the journey is about; the person is drawn for each run in the INS test range."""

    sexe: Literal["F", "M"]
    age: int
    situation: str


@dataclass(frozen=True, slots=True)
class Document:
    """`type`: JDV_J07. `courrier`: the file of content/courriers by which it is written here. `niveau`: N3 is
    structured, N1 a PDF within its CDA."""

    type: str
    titre: str
    niveau: Literal["N1", "N3"] = "N1"
    courrier: str = ""
    questionnaire: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be true after the step; a key that is absent is not looked at.

    `documents`: documents of the step that the record holds in force. `a_lire`: who finds it in their day.
    `dmp`, `mss`, `mes`: how many the national record shows, the operator delivered to professionals, to the patient.
    `resultats`: LOINC codes that became results of the record. `voit`, `ne_voit_pas`: who may open the document."""

    documents: int | None = None
    a_lire: tuple[str, ...] = ()
    dmp: int | None = None
    mss: int | None = None
    mes: int | None = None
    identite: Literal["provisoire", "recuperee", "qualifiee"] | None = None
    resultats: tuple[str, ...] = ()
    lu: bool | None = None
    voit: tuple[str, ...] = ()
    ne_voit_pas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """Who then reads what the step produced, and how long after it arrived."""

    par: str
    apres: Delay


@dataclass(frozen=True, slots=True)
class Step:
    """`avec`: what is typed, chosen or measured, by field. `apres`: the steps that must have been done. `lit`: the step
    whose document is read, dispensed or received; without it, « accueillir » reads a card. `ressaisies`: what somebody
    had to copy by hand."""

    code: str
    quand: Moment
    acteur: str
    fait: Verb
    dire: str
    attendu: Expected
    document: Document | None = None
    a: tuple[str, ...] = ()
    apres: tuple[str, ...] = ()
    lit: str = ""
    delai: Delay | None = None
    avec: dict[str, str] = field(default_factory=dict)
    lecture: Reading | None = None
    ressaisies: int = 0
    branche: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """What goes wrong at one step, who must be told, and what must then be true.

    `constat`: what the platform notices by itself (content/regles/constats.yaml), at
    `constate_a` when it is at a later step. `remplace`: what the step expects
    then. `a`: to whom the step then sends. `quand`: when it happens, if later than written. `leve`: the step before
    which the cause is lifted; until then nothing goes to the DMP nor to Mon espace santé. `papier`: the step that is
    done from paper, or by telephone."""

    code: IrritantCode
    etape: str
    panne: str
    signale_a: str
    attendu: str
    constat: str = ""
    constate_a: str = ""
    remplace: Expected | None = None
    a: tuple[str, ...] = ()
    quand: Moment | None = None
    leve: str = ""
    papier: str = ""

    @property
    def noticed_at(self) -> str:
        return self.constate_a or self.etape


@dataclass(frozen=True, slots=True)
class Milestones:
    """The steps from which the figures of the journey are counted (domain sheet §7.1)."""

    premier_contact: str
    imagerie: str = ""
    sortie: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """How long the journey takes, in its own calendar, to reach a milestone."""

    jalon: Literal["premier_contact", "imagerie", "sortie"]
    apres: Delay


@dataclass(frozen=True, slots=True)
class Scenario:
    titre: str
    resume: str
    source: str
    provenance: Literal["officiel", "reconstruit", "local"]
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    patient: Subject
    acteurs: dict[str, Actor]
    etapes: tuple[Step, ...]
    jalons: Milestones
    exemples: tuple[Example, ...]
    variantes: tuple[Variant, ...] = ()

    def step(self, code: str) -> Step:
        return next(each for each in self.etapes if each.code == code)

    def variant(self, code: str) -> Variant | None:
        return next((each for each in self.variantes if each.code == code), None)

    def minutes_to(self, milestone: str) -> int | None:
        """From the first step to a milestone; None for one that the journey does not have."""
        code = str(getattr(self.jalons, milestone))
        return self.step(code).quand.minutes - self.etapes[0].quand.minutes if code else None

    @property
    def days(self) -> int:
        return max(each.quand.day for each in self.etapes)

    @property
    def types(self) -> tuple[str, ...]:
        """The document types of the journey, each once, in order."""
        return tuple(dict.fromkeys(each.document.type for each in self.etapes if each.document is not None))
