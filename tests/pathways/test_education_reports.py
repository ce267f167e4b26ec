"""The yearly and the four-yearly evaluation of a programme: figures by the engine, texts by the team."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
import time_machine

from maillon.access.api import AccessDenied
from maillon.formats.wording import shown_share
from maillon.kernel import clock
from maillon.kernel.key import PatientId
from maillon.kernel.message import UserMessage
from maillon.pathways import checking, indicators, moving
from maillon.pathways.education import attendance, figures, reports, sessions
from maillon.pathways.education.rules import rules
from maillon.pathways.models import Attendance, EducationSession, Plan, ProtocolVersion
from tests.conftest import Cast
from tests.pathways.test_education import Welcome, answer, asthma, asthmatic, hugo, key, session
from tests.pathways.test_endings import done

__all__ = ["asthma", "asthmatic", "hugo"]

Hands = time_machine.Traveller
YEAR = 2026
TEXTS = {part.code: f"Ce que l’équipe dit de {part.code}." for part in rules().report("annuel").parties}  # type: ignore[union-attr]


def held(cast: Cast, version: ProtocolVersion, template: str, *plans: Plan, absent: int = 0) -> EducationSession:
    row = session(cast.nadia, version, template=template)
    for rank, plan in enumerate(plans):
        made = attendance.enrol(key(plan, cast.nadia), row.uuid, plan.uuid)
        attendance.mark(key(plan, cast.nadia), made.uuid, state="absent" if rank < absent else "present")
    return sessions.hold(cast.nadia, row.uuid)


@pytest.fixture
def year(cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome) -> ProtocolVersion:
    """Five entered, four assessed, three with a contract; two ended well, one left; one came from the year before."""
    former = asthmatic(asthma, agreed=True)
    Plan.objects.filter(pk=former.pk).update(included_at=dt.datetime(2025, 6, 1, tzinfo=clock.PARIS))
    first, second = asthmatic(asthma, agreed=True), asthmatic(asthma, agreed=True)
    third = asthmatic(asthma, agreed=True)
    asthmatic(asthma)
    asthmatic(asthma, assessed=False)
    held(cast, asthma, "S1", former, first, second, third, absent=1)
    held(cast, asthma, "S2", first, second)
    held(cast, asthma, "S3", first)
    sessions.cancel(cast.nadia, session(cast.nadia, asthma).uuid, reason="Salle prise")
    session(cast.nadia, asthma, days=9)
    moving.withdraw_consent(key(third, cast.nadia), third.uuid, reason="Horaires (garde sa mère)")
    for plan in (first, second):
        moving.move(key(plan, cast.nadia), plan.uuid, "programme")
        typed = {f"objet_{rank}": [goal.text] for rank, goal in enumerate(plan.goals.order_by("id"), 1)}
        typed |= {f"etat_{rank}": ["acquis"] for rank in (1, 2, 3)}
        answer(key(plan, cast.nadia), "ETP-FIN", typed | {"decision": ["renforcement" if plan == first else "fin"]})
        done(plan, "EVALUATION")
        moving.move(key(plan, cast.nadia), plan.uuid, "clos", reason="Programme terminé")
    done(first, "LETTRE")
    return asthma


def test_ac4_6_the_twelve_counts_are_those_of_the_session_log(cast: Cast, year: ProtocolVersion) -> None:
    report = reports.show(cast.nadia, year.uuid, "annuel", YEAR)
    (told,) = report.years
    counts = {each.code: each for each in told.counts}
    assert len(counts) == 12
    assert {code: int(counts[code].value or 0) for code in ("patients", "bilans", "termines", "seances", "arrets")} == {
        "patients": 6, "bilans": 5, "termines": 2, "seances": 3, "arrets": 1,
    }  # fmt: skip
    assert dict(counts["patients"].parts) == {"Nouveaux": 5, "Déjà suivis": 1}
    assert dict(counts["seances"].parts) == {"Individuelles": 1, "Collectives": 2, "Présences": 6}
    assert counts["renforcements"].value == 1
    shares = {code: counts[code].shown for code in ("consentements", "contrats", "evaluations", "lettres", "formes")}
    assert shares == {
        "consentements": "100,0\u202f%", "contrats": "60,0\u202f%", "evaluations": "100,0\u202f%",
        "lettres": "50,0\u202f%", "formes": "100,0\u202f%",
    }  # fmt: skip
    assert counts["delai"].value == 0
    assert set(told.differences.values()) == {0}
    # The same from what leaves, by other means: the log that is in the file, line by line.
    form, log = _read(reports.csv_of(report).decode("utf-8-sig"))
    held = [line for line in log if line["état"] == "Tenue"]
    assert [int(form[f"seances{part}"]) for part in ("", "/Individuelles", "/Collectives", "/Présences")] == [
        len(held), sum(line["genre"] == "individuelle" for line in held),
        sum(line["genre"] == "collective" for line in held), sum(int(line["présents"]) for line in held),
    ]  # fmt: skip
    assert len(log) == EducationSession.objects.count() == 5


def test_a_gap_with_the_log_is_seen() -> None:
    counts = [figures.Count(code="seances", group="activité", label="", value=figures.Decimal(2), parts=())]
    assert figures.differences(counts, [])["Séances tenues"] == 2


def test_a_year_without_anybody_is_not_zero_per_cent(cast: Cast, asthma: ProtocolVersion) -> None:
    (told,) = reports.show(cast.nadia, asthma.uuid, "annuel", YEAR).years
    counts = {each.code: each for each in told.counts}
    assert (counts["consentements"].shown, counts["delai"].shown) == ("non calculable", "non calculable")
    assert counts["patients"].shown == "0"


def test_who_left_is_not_among_those_who_ended(cast: Cast, hands: Hands, year: ProtocolVersion) -> None:
    (told,) = reports.show(cast.nadia, year.uuid, "annuel", YEAR).years
    (left,) = (each for each in told.counts if each.code == "arrets")
    assert left.parts == (("Horaires", 1),)  # the motive as the protocol words it: nothing that tells who


def test_a_report_is_closed_with_its_figures_and_keeps_them(cast: Cast, hands: Hands, year: ProtocolVersion) -> None:
    reports.write(cast.nadia, year.uuid, "annuel", YEAR, {"forts": "Des groupes soudés."}, revision=0)
    hands.move_to(dt.datetime(2027, 1, 20, 9, tzinfo=clock.PARIS))
    with pytest.raises(UserMessage) as refused:
        reports.close(cast.claire, year.uuid, "annuel", YEAR)
    assert (refused.value.code, "Décisions" in refused.value.message) == ("E-ETP-16", True)
    reports.write(cast.nadia, year.uuid, "annuel", YEAR, TEXTS, revision=1)
    with pytest.raises(UserMessage) as refused:
        reports.close(cast.nadia, year.uuid, "annuel", YEAR)
    assert refused.value.code == "E-PRO-21"
    reports.close(cast.claire, year.uuid, "annuel", YEAR)
    before = reports.show(cast.nadia, year.uuid, "annuel", YEAR)
    Attendance.objects.all().delete()
    after = reports.show(cast.nadia, year.uuid, "annuel", YEAR)
    assert after.is_closed
    assert after.years[0].counts == before.years[0].counts
    with pytest.raises(UserMessage) as refused:
        reports.write(cast.nadia, year.uuid, "annuel", YEAR, TEXTS, revision=3)
    assert refused.value.code == "E-ETP-15"
    with pytest.raises(UserMessage) as refused:
        reports.close(cast.claire, year.uuid, "annuel", YEAR)
    assert refused.value.code == "E-ETP-15"


def test_a_year_that_runs_is_not_closed(cast: Cast, year: ProtocolVersion) -> None:
    reports.write(cast.nadia, year.uuid, "annuel", YEAR, TEXTS, revision=0)
    with pytest.raises(UserMessage) as refused:
        reports.close(cast.claire, year.uuid, "annuel", YEAR)
    assert (refused.value.code, "n’est pas finie" in refused.value.message) == ("E-ETP-16", True)


def test_two_who_write_at_once_lose_nothing(cast: Cast, year: ProtocolVersion) -> None:
    reports.write(cast.nadia, year.uuid, "annuel", YEAR, {"forts": "Le lien.", "faibles": "Les horaires."}, revision=0)
    is_conflict = reports.write(cast.karim, year.uuid, "annuel", YEAR, {"forts": "La régularité."}, revision=0)
    texts = reports.show(cast.nadia, year.uuid, "annuel", YEAR).texts
    assert is_conflict
    assert "Le lien." in texts["forts"]
    assert "La régularité." in texts["forts"]
    assert texts["faibles"] == "Les horaires."


def test_the_four_yearly_evaluation_has_six_parts_two_conclusions_and_four_years(
    cast: Cast, year: ProtocolVersion
) -> None:
    report = reports.show(cast.nadia, year.uuid, "quadriennal", YEAR)
    assert [each.year for each in report.years] == [2023, 2024, 2025, 2026]
    assert [sum(part.conclusion is said for part in report.form.parties) for said in (False, True)] == [6, 2]
    patients = [next(each for each in told.counts if each.code == "patients") for told in report.years]
    assert [int(each.value or 0) for each in patients] == [0, 0, 1, 6]
    assert reports.pdf_of(report).startswith(b"%PDF")


def test_a_report_is_of_its_team(cast: Cast, year: ProtocolVersion) -> None:
    for actor, kind, when in ((cast.paul, "annuel", YEAR), (cast.nadia, "mensuel", YEAR), (cast.nadia, "annuel", 2031)):
        with pytest.raises(AccessDenied):
            reports.show(actor, year.uuid, kind, when)


def test_nobody_is_named_in_what_leaves(cast: Cast, year: ProtocolVersion) -> None:
    from maillon.patients import api as patients

    text = reports.csv_of(reports.show(cast.nadia, year.uuid, "annuel", YEAR)).decode("utf-8-sig")
    for line in patients.lines({PatientId(plan.patient_id) for plan in Plan.objects.all()}).values():
        assert line.birth_family_name not in text
        assert line.first_birth_given_name not in text


def _read(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    first, second = text.split("\r\n\r\n")
    form = {row["repère"]: row["valeur"] for row in csv.DictReader(io.StringIO(first), delimiter=";")}
    return form, list(csv.DictReader(io.StringIO(second), delimiter=";"))


def test_a_half_is_rounded_up_as_in_every_report() -> None:
    one_in_sixteen = figures.Count(code="", group="", label="", value=figures.Decimal(1), of=16)
    assert one_in_sixteen.shown == shown_share(1, 16) == "6,3\u202f%"
    share = next(each for each in checking.models()["TORSION-CHEVILLE"].indicateurs if each.genre == "proportion")
    of_a_protocol = indicators.Measured(indicator=share, numerator=1, denominator=16, value=1 / 16)
    assert of_a_protocol.shown == "6,3\u202f%"


def test_the_delay_counts_parts_of_days(cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome) -> None:
    for hours in (18, 42):  # rounded down one by one, a whole day was lost
        plan = asthmatic(asthma)
        Plan.objects.filter(pk=plan.pk).update(proposed_at=clock.now() - dt.timedelta(hours=hours))
    (told,) = reports.show(cast.nadia, asthma.uuid, "annuel", YEAR).years
    (delay,) = (each for each in told.counts if each.code == "delai")
    assert delay.shown == "1,3\u202fjours"


def test_no_text_of_a_report_runs_as_a_formula(cast: Cast, year: ProtocolVersion) -> None:
    code = next(iter(TEXTS))
    reports.write(cast.nadia, year.uuid, "annuel", YEAR, {code: "=HYPERLINK(A1)"}, revision=0)
    left = reports.csv_of(reports.show(cast.nadia, year.uuid, "annuel", YEAR)).decode("utf-8-sig")
    assert ";'=HYPERLINK(A1)" in left
