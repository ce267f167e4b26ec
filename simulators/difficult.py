"""Messages that go wrong on purpose, each with what must become of it, for the demonstration and the tests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from random import Random
from typing import Final, Literal

from maillon.formats.cda.write_parties import Contacts
from maillon.formats.document import LocalId, PatientTraits
from maillon.formats.mail_write import Envelope, write_notice, write_plain_message
from maillon.formats.xdm_write import write_xdm
from simulators.cast import LOCAL_ARC
from simulators.laboratory import laboratory_report
from simulators.life import PARIS
from simulators.making import Occasion
from simulators.matricule import control_key
from simulators.messages import OutgoingMessage, as_message, compose, item_of, submission_of
from simulators.outgoing import OutgoingDocument, RenderedDocument, address_book, render
from simulators.people import Territory

# filed: in the right record, alone. to_settle: in the secretary's box. refused: kept aside for the administrator.
# already_filed: nothing new, no second document. no_document: a message to read, nothing to file.
Verdict = Literal["filed", "to_settle", "refused", "already_filed", "no_document"]

# A number that the laboratory has never written before: it can point at nobody.
NEW_COMER: Final = (LocalId(root=f"{LOCAL_ARC}.3", extension="LAB999999"),)
PDF_SENDER: Final = "documents@ch-trois-vallees.mssante.test"


@dataclass(frozen=True, slots=True, kw_only=True)
class DifficultMessage:
    name: str
    label: str  # French, for the screen of the demonstration
    verdict: Verdict
    message: OutgoingMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Where the difficult messages are prepared: a laboratory report about whom one likes."""

    territory: Territory
    at: datetime
    contacts: Contacts

    def report(self, patient: str, *, key: str, version: int = 1) -> OutgoingDocument:
        person, doctor = self.territory.patient(patient), self.territory.professional("morel")
        occasion = Occasion(
            territory=self.territory,
            patient=person,
            author=self.territory.professional("delmas"),
            at=self.at,
            key=f"difficile-{key}",
            recipients=(doctor,),
            version=version,
        )
        values = {"crp": 4.0 + version, "creatinine": 80.0 + version}
        sampler = self.territory.professional("delmas")
        document = laboratory_report(occasion, prescriber=doctor, sampler=sampler, values=values, former={})
        return OutgoingDocument(
            document=document,
            sender=occasion.house.mailbox,
            sender_name=occasion.house.name,
            recipients=(doctor.mailbox,),
            patient=patient,
            sent_at=self.at,
            story="difficile",
        )

    def with_traits(self, outgoing: OutgoingDocument, **changed: object) -> OutgoingDocument:
        traits: PatientTraits = replace(outgoing.document.patient, **changed)  # type: ignore[arg-type]
        return replace(outgoing, document=replace(outgoing.document, patient=traits))

    def sent(self, outgoing: OutgoingDocument) -> OutgoingMessage:
        return compose(self.territory, (outgoing,), contacts=self.contacts)

    def sent_with_cda(self, outgoing: OutgoingDocument, cda: bytes) -> OutgoingMessage:
        """The metadata tell of `outgoing`, the bytes are others: hash and size are those of the bytes."""
        rendered = replace(render(outgoing.document, contacts=self.contacts), cda=cda)
        archive = write_xdm([item_of(rendered)], submission=submission_of((outgoing,), territory=self.territory))
        return self.sent_with_archive(outgoing, archive, rendered=rendered)

    def sent_with_archive(
        self, outgoing: OutgoingDocument, archive: bytes, *, rendered: RenderedDocument | None = None
    ) -> OutgoingMessage:
        shown = rendered or render(outgoing.document, contacts=self.contacts)
        return as_message(self.territory, (outgoing,), rendered=(shown,), archive=archive)

    def cda_of(self, outgoing: OutgoingDocument) -> bytes:
        return render(outgoing.document, contacts=self.contacts).cda


def difficult_messages(territory: Territory, *, until: date) -> Iterator[DifficultMessage]:
    """In the order in which they must arrive: a duplicate comes after its original."""
    at = datetime(until.year, until.month, until.day, 8, 30, tzinfo=PARIS)
    desk = _Desk(territory=territory, at=at, contacts=address_book(territory))
    yield from _doubtful(desk)
    yield from _repeated(desk)
    yield from _without_cda(desk)
    yield from _broken(desk)


def _doubtful(desk: _Desk) -> Iterator[DifficultMessage]:
    told, meant = desk.report("diabete", key="identite"), desk.report("avk", key="identite")
    yield DifficultMessage(
        name="wrong_identity",
        verdict="to_settle",
        label="Les métadonnées désignent un patient, le document un autre",
        message=desk.sent_with_cda(told, desk.cda_of(meant)),
    )
    report = desk.with_traits(desk.report("coeur", key="traits"), birth_family_name="BARRIÈRE", birth_date="1941-02-03")
    yield DifficultMessage(
        name="contradicting_traits",
        verdict="to_settle",
        label="Le matricule est connu, mais pour d’autres traits",
        message=desk.sent(report),
    )
    stranger = desk.with_traits(
        desk.report("cheville", key="inconnu"),
        ins="284017511412332",
        birth_family_name="VILLENEUVE",
        birth_given_names="Ariane",
        first_birth_given_name="Ariane",
        birth_date="1984-01-17",
        local_ids=NEW_COMER,
        birth_place_code="75114",
    )
    yield DifficultMessage(
        name="unknown_patient",
        verdict="to_settle",
        label="Patient inconnu de la maison de santé",
        message=desk.sent(_with_true_key(desk, stranger)),
    )
    namesake = desk.with_traits(
        desk.report("homonyme-lyon", key="homonyme"),
        ins=None,
        ins_oid=None,
        birth_place_code=None,
        addresses=(),
        local_ids=NEW_COMER,
    )
    yield DifficultMessage(
        name="homonym",
        verdict="to_settle",
        label="Deux homonymes nés le même jour, sans matricule pour choisir",
        message=desk.sent(namesake),
    )
    crowd = desk.report("asthme", key="deux-patients")
    yield DifficultMessage(
        name="two_patients",
        verdict="to_settle",
        label="Deux patients dans un même document",
        message=desk.sent_with_cda(crowd, _with_second_patient(desk.cda_of(crowd), desk.cda_of(meant))),
    )


def _with_true_key(desk: _Desk, outgoing: OutgoingDocument) -> OutgoingDocument:
    number = (outgoing.document.patient.ins or "")[:13]
    return desk.with_traits(outgoing, ins=number + control_key(number))


def _with_second_patient(cda: bytes, other: bytes) -> bytes:
    start, end = b"<recordTarget>", b"</recordTarget>"
    second = other[other.index(start) : other.index(end) + len(end)]
    place = cda.index(end) + len(end)
    return cda[:place] + second + cda[place:]


def _repeated(desk: _Desk) -> Iterator[DifficultMessage]:
    first = desk.sent(desk.report("diabete", key="double"))
    yield DifficultMessage(name="original", verdict="filed", label="Un compte rendu ordinaire", message=first)
    yield DifficultMessage(
        name="duplicate", verdict="already_filed", label="Le même message, remis une seconde fois", message=first
    )
    again = replace(desk.report("diabete", key="double"), sent_at=desk.at.replace(hour=9))
    resent = desk.sent(again)
    yield DifficultMessage(
        name="same_document_new_message",
        verdict="already_filed",
        label="Le même document dans un autre message",
        message=replace(
            resent,
            message_id=f"bis-{resent.message_id}",
            data=resent.data.replace(resent.message_id.encode(), f"bis-{resent.message_id}".encode()),
        ),
    )
    yield DifficultMessage(
        name="corrected_version",
        verdict="filed",
        label="La version corrigée du compte rendu, qui annule et remplace",
        message=desk.sent(desk.report("diabete", key="double", version=2)),
    )


def _without_cda(desk: _Desk) -> Iterator[DifficultMessage]:
    report = desk.report("avk", key="pdf-seul")
    pdf = render(report.document, contacts=desk.contacts).pdf
    yield DifficultMessage(
        name="pdf_alone",
        verdict="to_settle",
        label="Un PDF sans document structuré",
        message=_plain(desk, "pdf-seul", subject="Compte rendu", text="Ci-joint le compte rendu.\n", pdf=pdf),
    )
    yield DifficultMessage(
        name="plain_mail",
        verdict="no_document",
        label="Un message sans pièce jointe",
        message=_plain(
            desk, "message", subject="Réunion de mardi", text="Bonjour,\nSerez-vous là mardi à 13 h ?\nBien à vous.\n"
        ),
    )
    original = desk.sent(desk.report("avk", key="accuse")).data
    notice = write_notice(original, sender=PDF_SENDER, at=desk.at, message_id="accuse@ch-trois-vallees.mssante.test")
    if notice is not None:
        recipient = "claire.morel@msp-tilleuls.mssante.test"
        notice.replace_header("To", recipient)
        yield DifficultMessage(
            name="notice",
            verdict="no_document",
            label="Un accusé d’intégration, qui rapporte le message d’origine",
            message=_message(desk, "accuse@ch-trois-vallees.mssante.test", data=notice.as_bytes()),
        )


def _plain(desk: _Desk, name: str, *, subject: str, text: str, pdf: bytes | None = None) -> OutgoingMessage:
    recipient = desk.territory.professional("morel").mailbox
    envelope = Envelope(
        message_id=f"{name}@ch-trois-vallees.mssante.test",
        sender=PDF_SENDER,
        at=desk.at,
        recipients=(recipient,),
        sender_label="Centre hospitalier des Trois-Vallées",
    )
    message = write_plain_message(envelope, subject=subject, text=text)
    if pdf is not None:
        message.add_attachment(pdf, maintype="application", subtype="pdf", filename="compte-rendu.pdf")
        message.set_boundary(f"=_{hashlib.sha256(name.encode()).hexdigest()[:32]}")
    return _message(desk, envelope.message_id, data=message.as_bytes())


def _message(desk: _Desk, message_id: str, *, data: bytes) -> OutgoingMessage:
    recipient = desk.territory.professional("morel").mailbox
    return OutgoingMessage(
        message_id=message_id, sender=PDF_SENDER, recipients=(recipient,), at=desk.at, data=data, documents=()
    )


def _broken(desk: _Desk) -> Iterator[DifficultMessage]:
    report = desk.report("coeur", key="archive")
    rendered = render(report.document, contacts=desk.contacts)
    archive = write_xdm([item_of(rendered)], submission=submission_of((report,), territory=desk.territory))
    yield DifficultMessage(
        name="unreadable_archive",
        verdict="refused",
        label="Une archive tronquée, illisible",
        message=desk.sent_with_archive(report, archive[: len(archive) // 2], rendered=rendered),
    )
    noise = Random("archive").randbytes(4000)
    other = desk.report("coeur", key="bruit")
    yield DifficultMessage(
        name="not_an_archive",
        verdict="refused",
        label="Une pièce jointe IHE_XDM.zip qui n’est pas une archive",
        message=desk.sent_with_archive(other, noise),
    )
    hostile = desk.report("coeur", key="doctype")
    cda = desk.cda_of(hostile)
    declared = cda.replace(b"?>", b'?>\n<!DOCTYPE x [<!ENTITY e "entite">]>', 1)
    yield DifficultMessage(
        name="doctype",
        verdict="refused",
        label="Un document qui déclare des entités XML",
        message=desk.sent_with_cda(hostile, declared),
    )
