"""INSi against its simulator: what may be asked, what is answered, and who decides."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import api as exchange
from maillon.exchange.insi.rows import InsiCall
from maillon.kernel.key import Access, PatientId
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.patients.models import Patient
from maillon.professionals.models import Professional
from tests.conftest import Cast
from tests.documents import making
from tests.exchange import national

pytestmark = pytest.mark.django_db
S = patients.IdentityStatus


def person(cast: Cast, *, family: str = "PAT-TROIS", given: str = "DOMINIQUE", **others: Any) -> PatientId:
    Professional.objects.filter(national_id="899000000011").update(skill_codes=["SM26"])
    status = others.pop("status", S.PROVISIONAL)
    carries = status in (S.RETRIEVED, S.QUALIFIED)
    traits = {"birth_given_names": given, "birth_date": dt.date(1979, 3, 28), "sex": "F", "birth_place_code": "51215"}
    patient = patients.register(
        patients.Registration(
            traits=patients.StrictTraits(
                birth_family_name=family, first_birth_given_name=given, **traits | others  # type: ignore[arg-type]
            ),
            status=status, ins=national.INS if carries else None, ins_oid=national.OID if carries else None,
        ),
        actor_label="essai",
    )  # fmt: skip
    making.link(patient, cast.tilleuls_id, access_room.Basis.STRUCTURE)
    return patient


def key(patient: PatientId, cast: Cast) -> Access:
    return making.key(patient, cast.claire)


def status_of(patient: PatientId) -> tuple[str, str | None]:
    return Patient.objects.values_list("identity_status", "ins").get(pk=patient)


def test_one_identity_is_shown_kept_and_taken_over_by_a_yes(cast: Cast, insi: national.Teleservice) -> None:
    patient = person(cast)
    call = exchange.insi.search(key(patient, cast))
    assert (call.outcome, call.may) == ("trouvee", {"repris", "ecarte"})
    assert status_of(patient) == ("PROV", None)  # asking changes nothing
    differing = {name for name, _, _, differs in call.traits if differs}
    assert differing == {"Prénoms de naissance", "Matricule INS"}
    row = InsiCall.objects.get()
    assert b"279035121518" in documents.bytes_of(row.proof)  # the whole answer is kept, by its hash
    exchange.insi.decide(key(patient, cast), call.uuid, "repris")
    assert status_of(patient) == ("RECUP", national.INS)
    assert Patient.objects.get(pk=patient).birth_given_names == "DOMINIQUE MARIE-LOUISE"
    with pytest.raises(UserMessage, match="E-INSI-14"):
        exchange.insi.decide(key(patient, cast), call.uuid, "ecarte")
    row.refresh_from_db()
    assert (row.decision, row.answer) == ("repris", {})


def test_a_validated_identity_becomes_qualified(cast: Cast, insi: national.Teleservice) -> None:
    patient = person(cast, status=S.VALIDATED)
    call = exchange.insi.search(key(patient, cast))
    exchange.insi.decide(key(patient, cast), call.uuid, "repris")
    assert status_of(patient) == ("QUAL", national.INS)


def test_putting_an_answer_aside_leaves_the_identity_as_it_is(cast: Cast, insi: national.Teleservice) -> None:
    patient = person(cast)
    call = exchange.insi.search(key(patient, cast))
    exchange.insi.decide(key(patient, cast), call.uuid, "ecarte")
    assert status_of(patient) == ("PROV", None)
    with pytest.raises(UserMessage, match="E-INSI-14"):
        exchange.insi.decide(key(patient, cast), call.uuid, "repris")


@pytest.mark.parametrize(("family", "given", "outcome"), [("INCONNU", "DOMINIQUE", "aucune"),
                                                          ("DUBOIS", "ANNE", "plusieurs")])  # fmt: skip
def test_none_and_several_decide_nothing(
    cast: Cast, insi: national.Teleservice, family: str, given: str, outcome: str
) -> None:
    call = exchange.insi.search(key(person(cast, family=family, given=given), cast))
    assert (call.outcome, call.may, call.traits) == (outcome, frozenset(), ())


def test_names_travel_in_the_characters_of_insi(cast: Cast, insi: national.Teleservice) -> None:
    """Accents, ligatures, lower case are folded; what has no letter left is refused before the call."""
    assert exchange.insi.search(key(person(cast, family="Pat-Trois", given="Dominique"), cast)).outcome == "trouvee"
    from maillon.formats.insi import admitted
    from maillon.formats.refusal import Refused

    assert admitted("d’Œuvre--Noël  Élise") == "D'OEUVRE--NOEL ELISE"
    for wrong in ("", "12", "ИВАН", "A/B", "-"):
        with pytest.raises(Refused, match="E-INSI-01"):
            admitted(wrong)


@pytest.mark.parametrize("attribute", ["doubtful", "fictitious"])
def test_a_doubtful_or_fictitious_identity_is_never_asked_about(
    cast: Cast, insi: national.Teleservice, attribute: Any
) -> None:
    patient = person(cast)
    patients.mark(key(patient, cast), attribute, reason="essai")
    with pytest.raises(UserMessage, match="E-INSI-11"):
        exchange.insi.search(key(patient, cast))
    assert not InsiCall.objects.exists()


def test_a_denied_matricule_is_lost_only_by_a_decision(cast: Cast, insi: national.Teleservice) -> None:
    patient = person(cast, family="AUTRE", status=S.QUALIFIED)
    call = exchange.insi.verify(key(patient, cast))
    assert (call.outcome, call.may) == ("non_confirmee", {"invalide", "ecarte"})
    assert status_of(patient) == ("QUAL", national.INS)
    exchange.insi.decide(key(patient, cast), call.uuid, "invalide")
    assert status_of(patient) == ("VALI", None)  # the document seen still holds


def test_a_confirmed_matricule_is_written_down(cast: Cast, insi: national.Teleservice) -> None:
    patient = person(cast, status=S.QUALIFIED)
    call = exchange.insi.verify(key(patient, cast))
    assert (call.outcome, call.may) == ("confirmee", frozenset())
    with pytest.raises(UserMessage, match="E-INSI-12"):
        exchange.insi.search(key(patient, cast))


def test_somebody_else_is_never_taken_over(cast: Cast, insi: national.Teleservice) -> None:
    """Between the call and the yes, the local identity became another person's."""
    patient = person(cast)
    call = exchange.insi.search(key(patient, cast))
    patients.change_traits(key(patient, cast), reason="erreur", birth_family_name="LEGRAND")
    with pytest.raises(UserMessage, match="E-INS-07"):
        exchange.insi.decide(key(patient, cast), call.uuid, "repris")
    assert status_of(patient) == ("PROV", None)
    assert InsiCall.objects.get().decided_at is None


def test_a_secretary_may_ask_and_nobody_outside(cast: Cast, insi: national.Teleservice) -> None:
    patient = person(cast)
    assert exchange.insi.search(making.key(patient, cast.sylvie)).outcome == "trouvee"
    with pytest.raises(access_room.AccessDenied):
        making.key(patient, cast.paul)


def test_a_service_that_is_away_leaves_a_row_and_no_change(
    cast: Cast, insi: national.Teleservice, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = person(cast)
    monkeypatch.setenv("MAILLON_INSI_ADRESSE", "https://127.0.0.1:9")
    call = exchange.insi.search(key(patient, cast))
    assert (call.outcome, call.may) == ("indetermine", frozenset())
    monkeypatch.setenv("MAILLON_INSI_ADRESSE", insi.address)
    assert exchange.insi.search(key(patient, cast)).outcome == "trouvee"


def test_a_physician_without_skill_is_refused_before_the_call(cast: Cast, insi: national.Teleservice) -> None:
    patient = person(cast)
    Professional.objects.all().update(skill_codes=[])
    with pytest.raises(UserMessage, match="E-DMP-06"):
        exchange.insi.search(key(patient, cast))


def test_a_service_that_dies_anywhere_leaves_a_row_that_says_so(
    cast: Cast, insi: national.Teleservice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each death in turn: the identity is untouched, the call is told, and the next one is answered."""
    from tests.exchange import dying

    patient = person(cast)
    plan: list[str | None] = []
    line = dying.DyingLine(insi.port, insi.folder / "certificats", lambda: plan.pop() if plan else None, patience=0.5)
    monkeypatch.setenv("MAILLON_INSI_ADRESSE", line.address)
    monkeypatch.setenv("MAILLON_INSI_PATIENCE", "0.5")
    assert exchange.insi.search(key(patient, cast)).outcome == "trouvee"
    for death in dying.DEATHS:
        plan[:] = [death]
        call = exchange.insi.search(key(patient, cast))
        assert (call.outcome, bool(call.message), call.may) == ("indetermine", True, frozenset()), death
        assert status_of(patient) == ("PROV", None)
    assert exchange.insi.search(key(patient, cast)).outcome == "trouvee"
    assert InsiCall.objects.count() == len(dying.DEATHS) + 2
    line.stop()
