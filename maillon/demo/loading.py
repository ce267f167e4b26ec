"""The fictitious territory, entered through the doors of the rooms, as the practice software's export would be."""

from __future__ import annotations

import datetime as dt

from maillon.access import api as access_room
from maillon.exchange import api as exchange
from maillon.kernel.key import PatientId, ProfessionalId, Purpose, StructureId
from maillon.patients import api as patients
from maillon.professionals import api as professionals
from simulators.people import Patient, Professional, Structure, Territory

LOADER = access_room.machine("chargement de la démonstration")
PASSWORD = "demonstration-2026"  # noqa: S105 (shown on the sign-in page of the demonstration, and nowhere else)
OURS = ("msp", "pharmacie", "cabinet-etranger")  # the houses that use Maillon; the others only write to them
ADMINISTRATOR = "marchand"
REFERENT = "benali"  # référent numérique
REGULATOR = "nguyen"  # opens a record from the centre 15, with an account of the hospital
# Two situations of practice: which one is asked at sign-in. The pharmacist signs the protocols of the maison de santé.
SECOND_PLACES = {"girard": "cabinet-etranger", "roche": "msp"}
SINCE = dt.date(2020, 1, 1)

SIGN_INS = (
    ("morel", "Dr Claire Morel, médecin généraliste"),
    ("benali", "Dr Karim Benali, médecin généraliste"),
    ("lefevre", "Nadia Lefèvre, infirmière"),
    ("girard", "Thomas Girard, masseur-kinésithérapeute"),
    ("roche", "Hélène Roche, pharmacienne"),
    ("caron", "Sylvie Caron, secrétaire"),
    ("marchand", "Julie Marchand, coordinatrice (administre)"),
    ("delmas", "Inès Delmas, coordinatrice du territoire (CPTS)"),
    ("nguyen", "Dr Mai Nguyen, régulation médicale (centre 15)"),
    ("etranger", "Dr Paul Étranger, hors de tout cercle : ne doit rien voir"),
)

# Staff whom the national directory does not number: their code is one of JDV_J65.
ROLES = {"caron": ("331", "secrétaire"), "marchand": ("330", "coordinatrice")}


class Loader:
    """Idempotent: what is already there is left as it is."""

    def __init__(self, territory: Territory) -> None:
        self.territory = territory
        self.structures: dict[str, StructureId] = {}
        self.professionals: dict[str, ProfessionalId] = {}
        self.accounts: dict[str, int] = {}

    def load(self) -> None:
        for house in self.territory.structures:
            self.structures[house.key] = self._structure(house)
        for person in self.territory.professionals:
            self.professionals[person.key] = self._professional(person)
        for patient in self.territory.patients:
            self._patient(patient)

    def mailboxes(self, *, host: str, imap_port: int, smtp_port: int, ca_file: str, passwords: dict[str, str]) -> None:
        """Every mailbox of a house that uses Maillon is collected."""
        owners: list[Structure | Professional] = [*self.territory.structures, *self.territory.professionals]
        for owner in owners:
            house = owner.key if isinstance(owner, Structure) else owner.structure
            if house not in OURS:
                continue
            exchange.register_mailbox(
                address=owner.mailbox,
                structure_id=self.structures[house],
                professional_id=self.professionals.get(owner.key) if self._is_a_person(owner) else None,
                imap_host=host,
                imap_port=imap_port,
                smtp_host=host,
                smtp_port=smtp_port,
                username=owner.mailbox,
                password=passwords[owner.mailbox],
                ca_file=ca_file,
            )

    def _is_a_person(self, owner: Structure | Professional) -> bool:
        """The secretary and the coordinator hold the structure's own mailboxes, not theirs."""
        return isinstance(owner, Professional) and owner.key not in ROLES

    def _structure(self, house: Structure) -> StructureId:
        structure_id = professionals.register_structure(
            name=house.name,
            type_code=house.facility_type,
            finess=house.finess,
            address=house.street,
            postal_code=house.postal_code,
            city=house.city,
            phone=house.phone,
        )
        professionals.register_address(house.mailbox, structure_id=structure_id)
        return structure_id

    def _professional(self, person: Professional) -> ProfessionalId:
        code, function = ROLES.get(person.key, (person.profession_code or "", person.role))
        professional_id = professionals.register_professional(
            family_name=person.family_name,
            given_name=person.given_name,
            profession_code=code,
            national_id=person.national_id,
            title=person.title or "",
        )
        structure_id = self.structures[person.structure]
        professionals.attach(professional_id, structure_id, start=SINCE, function=function)
        if person.key not in ROLES:
            professionals.register_address(person.mailbox, professional_id=professional_id)
        if person.key in SECOND_PLACES:
            professionals.attach(professional_id, self.structures[SECOND_PLACES[person.key]], start=SINCE, function="")
        if person.structure in OURS or person.key == REGULATOR:
            self.accounts[person.key] = access_room.accounts.register_account(
                identifier=person.key,
                password=PASSWORD,
                professional_id=professional_id,
                structure_id=structure_id,
                is_administrator=person.key == ADMINISTRATOR,
                is_referent=person.key == REFERENT,
            )
        return professional_id

    def _patient(self, patient: Patient) -> None:
        root = self.territory.structure("msp").local_root
        traits = patients.StrictTraits(
            birth_family_name=patient.birth_family_name,
            birth_given_names=patient.birth_given_names,
            first_birth_given_name=patient.first_birth_given_name,
            birth_date=patient.birth_date,
            sex=patient.sex,
            birth_place_code=patient.birth_place_code,
        )
        if patients.bearer(root, patient.number) is not None:
            return
        patient_id = patients.register(
            patients.Registration(
                traits=traits,
                used_family_name=patient.used_family_name or "",
                used_given_name=patient.used_given_name or "",
                status=patients.IdentityStatus(patient.status),
                ins=patient.ins,
                ins_oid=patient.ins_oid,
                phone=patient.phone,
                address=patient.street,
                postal_code=patient.postal_code,
                city=patient.city,
                local_ids=((root, patient.number),),
            ),
            actor_label=LOADER.label,
        )
        self._care_team(patient_id, patient)

    def _care_team(self, patient_id: PatientId, patient: Patient) -> None:
        access = access_room.open_record(
            LOADER, patient_id, purpose=Purpose.ADMINISTRATIVE, action="update", resource_type="care_team"
        )
        access_room.team.add_member(
            access,
            structure_id=self.structures["msp"],
            basis=access_room.Basis.STRUCTURE,
            evidence="patient de la maison de santé",
            start=SINCE,
        )
        access_room.team.add_member(
            access,
            professional_id=self.professionals[patient.treating_doctor],
            basis=access_room.Basis.TREATING,
            evidence="déclaration de médecin traitant",
            start=SINCE,
        )
        for key in patient.team:
            if self.territory.professional(key).structure != "msp":
                access_room.team.add_member(
                    access,
                    professional_id=self.professionals[key],
                    basis=access_room.Basis.PATIENT,
                    evidence="désigné par le patient",
                    start=SINCE,
                )
