"""The pages of what was sent, of the address book, and of delegated mailboxes."""

from __future__ import annotations

import html
import re
from uuid import UUID, uuid4

import pytest
from django.test import Client

from maillon.access import api as access_room
from maillon.exchange import api as exchange
from maillon.exchange.outgoing.models import MailboxDelegation, Sending, SentRecipient
from maillon.kernel import clock
from maillon.kernel.key import Purpose, StructureId
from tests.conftest import Cast
from tests.web.conftest import Record

PAUL = exchange.Recipient(address="paul@cabinet-port.mssante.test", name="Dr Paul Étranger")
BOX = "accueil@msp-tilleuls.mssante.test"


def text_of(answer: object) -> str:
    return html.unescape(re.sub(r"\s+", " ", answer.content.decode()))  # type: ignore[attr-defined]


@pytest.fixture
def mailbox(cast: Cast) -> str:
    exchange.register_mailbox(
        address=BOX, structure_id=StructureId(cast.tilleuls_id), imap_host="127.0.0.1", imap_port=9,
        smtp_host="127.0.0.1", smtp_port=9, username="accueil", password="secret",
    )  # fmt: skip
    return BOX


@pytest.fixture
def sent(record: Record, cast: Cast, mailbox: str) -> exchange.outgoing.Sending:
    """The first letter of the story, sent to Paul, and come back."""
    uuid = record.documents[0].uuid
    with access_room.reading(cast.claire, record.uuid, purpose=Purpose.CARE) as access:
        sending = exchange.send(access, documents=[uuid], to=[PAUL])
    SentRecipient.objects.update(state="failed", is_due=False, reason="La boîte du destinataire est pleine.")
    return sending


def test_what_failed_is_first_and_says_what_to_do(
    claire: Client, record: Record, sent: exchange.outgoing.Sending
) -> None:
    listed = text_of(claire.get("/envois"))
    assert "Dr Paul Étranger" in listed
    assert "En échec" in listed
    assert "La boîte du destinataire est pleine." in listed
    assert text_of(claire.get("/envois/nombre")).startswith("1")
    one = text_of(claire.get(f"/dossier/{record.uuid}/envoi/{sent.uuid}"))
    assert "Renvoyez-le si l’adresse est bonne" in one
    assert "Message joint" in one
    assert "Envoyés par l’équipe" in text_of(claire.get(f"/dossier/{record.uuid}/envois"))


def test_a_page_that_is_sent_again_sends_nothing_again(claire: Client, record: Record, mailbox: str) -> None:
    """A second click without script, a page reloaded on a poor line: the form bears its number."""
    page = f"/document/{record.documents[0].uuid}/suite"
    drawn = re.findall(r'name="numero" value="([0-9a-f-]+)"', claire.get(page).content.decode())
    form = {"adresse": PAUL.address, "boite": BOX, "numero": drawn[0]}
    for _ in range(2):
        assert claire.post(f"{page}/envoyer", form).headers["Location"].endswith("?envoye")
    assert Sending.objects.count() == 1
    claire.post(f"{page}/envoyer", form | {"adresse": "autre@cabinet-port.mssante.test"})
    assert Sending.objects.count() == 2, "the page came back, and somebody else was ticked"
    claire.post(f"{page}/envoyer", form | {"numero": str(uuid4())})
    assert Sending.objects.count() == 3, "another day it may be sent again"


def test_one_sends_again_or_notes_that_nothing_more_is_to_be_done(
    claire: Client, record: Record, sent: exchange.outgoing.Sending
) -> None:
    address = f"/dossier/{record.uuid}/envoi/{sent.uuid}"
    who = str(SentRecipient.objects.get().uuid)
    answer = claire.post(f"{address}/renvoyer", {"destinataire": who}, follow=True)
    assert "Le message repart." in text_of(answer)
    again = claire.post(f"{address}/renvoyer", {"destinataire": who})
    assert again.status_code == 422
    assert "Il n’y a plus rien à renvoyer" in text_of(again)
    SentRecipient.objects.update(state="unknown", is_due=False)
    assert claire.post(f"{address}/sans-suite", {"destinataire": who, "motif": ""}).status_code == 422
    answer = claire.post(f"{address}/sans-suite", {"destinataire": who, "motif": "Reçu, dit-il"}, follow=True)
    assert "Reçu, dit-il" in text_of(answer)
    assert text_of(claire.get("/envois/nombre")) == ""


def test_somebody_outside_sees_nothing(paul: Client, record: Record, sent: exchange.outgoing.Sending) -> None:
    assert "Aucun envoi." in text_of(paul.get("/envois?vue=tous"))
    assert paul.get("/envois/nombre").content == b""
    for address in ("", "/renvoyer", "/sans-suite"):
        where = f"/dossier/{record.uuid}/envoi/{sent.uuid}{address}"
        assert (paul.post(where) if address else paul.get(where)).status_code == 404


def test_the_patients_choice_is_noted_and_taken_back(claire: Client, record: Record, mailbox: str) -> None:
    address = f"/dossier/{record.uuid}/envois"
    claire.post(f"{address}/choix", {"geste": "refuser"})
    assert "Ne souhaite pas recevoir de document" in text_of(claire.get(address))
    claire.post(f"{address}/choix", {"geste": "accepter"})
    assert "Ne souhaite pas recevoir de document" not in text_of(claire.get(address))


def test_the_book_is_searched_and_completed_by_hand(claire: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILLON_ANNUAIRE", raising=False)
    assert "n’est pas branché" in text_of(claire.get("/annuaire"))
    assert "Tapez au moins deux lettres" in text_of(claire.get("/annuaire?q=a"))
    assert "Personne n’est trouvé" in text_of(claire.get("/annuaire?q=inconnu"))
    wrong = claire.post("/annuaire", {"adresse": "lea@exemple.fr", "nom": "Léa Roux"})
    assert wrong.status_code == 422
    assert 'value="lea@exemple.fr"' in wrong.content.decode()
    claire.post("/annuaire", {"adresse": "lea@x.mssante.fr", "nom": "Léa Roux", "metier": "G15_60", "ville": "Arras"})
    found = text_of(claire.get("/annuaire?q=roux&ou=arras&metier=G15_60"))
    assert "lea@x.mssante.fr" in found
    assert "Saisie par Dr Claire Morel, à vérifier" in found


def _delegable(cast: Cast) -> None:
    from maillon.exchange.models import Mailbox

    Mailbox.objects.update(professional_id=cast.claire.professional_id)


def test_a_mailbox_is_delegated_with_its_dates_and_taken_back(
    claire: Client, sylvie: Client, cast: Cast, mailbox: str
) -> None:
    _delegable(cast)
    said = {"boite": BOX, "qui": f"p{cast.sylvie.professional_id}", "envoyer": "1", "du": "", "au": ""}
    assert claire.post("/reglages/delegations", said | {"envoyer": ""}).status_code == 422
    assert claire.post("/reglages/delegations", said | {"au": "01012020"}).status_code == 422
    page = text_of(claire.post("/reglages/delegations", said, follow=True))
    assert "La délégation est notée." in page
    assert "Sylvie Caron" in page
    assert exchange.outgoing.boxes.may_send_from(cast.sylvie)[0].through == "déléguée"
    assert exchange.outgoing.boxes.may_send_from(cast.karim) == []
    assert BOX in text_of(sylvie.get("/reglages/delegations"))
    given = MailboxDelegation.objects.get()
    claire.post(f"/reglages/delegations/{given.uuid}/fin")
    assert exchange.outgoing.boxes.may_send_from(cast.sylvie) == []
    assert "Elle reste dans l’historique" in text_of(claire.get("/reglages/delegations?fin=1"))


def test_nobody_delegates_or_ends_what_is_not_theirs(
    claire: Client, sylvie: Client, paul: Client, cast: Cast, mailbox: str
) -> None:
    _delegable(cast)
    said = {"boite": BOX, "qui": f"p{cast.paul.professional_id}", "envoyer": "1"}
    assert sylvie.post("/reglages/delegations", said).status_code == 422
    assert not MailboxDelegation.objects.exists()
    claire.post("/reglages/delegations", said | {"qui": f"p{cast.sylvie.professional_id}"})
    given: UUID = MailboxDelegation.objects.get().uuid
    assert paul.post(f"/reglages/delegations/{given}/fin").status_code == 422
    assert MailboxDelegation.objects.get().ended_at is None


def test_a_delegation_opens_the_mailbox_from_its_first_day_to_its_last(cast: Cast, mailbox: str) -> None:
    import datetime as dt

    import time_machine

    _delegable(cast)
    today = clock.today()
    assert cast.sylvie.professional_id is not None
    exchange.outgoing.boxes.delegate(
        cast.claire, address=BOX, delegate_id=cast.sylvie.professional_id, may_read=False, may_send=True,
        start=today + dt.timedelta(days=2), end=today + dt.timedelta(days=4),
    )  # fmt: skip
    opens = []
    for day in range(7):
        with time_machine.travel(clock.now() + dt.timedelta(days=day), tick=False):
            opens.append(bool(exchange.outgoing.boxes.may_send_from(cast.sylvie)))
    assert opens == [False, False, True, True, True, False, False]




def test_whoever_reads_by_delegation_settles_what_arrived_there(
    cast: Cast, mailbox: str, paul: Client
) -> None:
    from maillon.exchange.keeping import Batch, keep
    from maillon.exchange.models import Mailbox
    from tests.exchange.letters import PDF, arrived, mail

    box = Mailbox.objects.get()
    _delegable(cast)
    message = arrived(mail(("a.pdf", "application/pdf", PDF)))
    keep(Batch(mailbox_id=box.pk, uid_validity=1, last_uid=1, seen_uid=1, messages={1: message}))
    while exchange.process_next():
        pass
    assert exchange.count_to_settle(cast.paul) == 0
    assert cast.paul.professional_id is not None
    uuid = exchange.outgoing.boxes.delegate(
        cast.claire, address=BOX, delegate_id=cast.paul.professional_id, may_read=True, may_send=False,
        start=clock.today(),
    )  # fmt: skip
    assert exchange.count_to_settle(cast.paul) == 1
    assert exchange.outgoing.boxes.may_send_from(cast.paul) == []
    (waiting,) = exchange.to_settle(cast.paul)
    exchange.outgoing.boxes.end_delegation(cast.paul, uuid)
    assert exchange.to_settle(cast.paul) == []
    assert paul.get(f"/a-regler/{waiting.uuid}").status_code == 404
