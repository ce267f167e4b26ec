"""In and out: FHIR, XLSForm, REDCap. What arrives leaves equal; what could not be taken over is said or refused."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from maillon.formats.questionnaire import fhir, redcap, xlsform
from maillon.formats.questionnaire.model import Questionnaire
from maillon.formats.questionnaire.plain import plain
from maillon.formats.refusal import Refused
from maillon.forms import carrying
from maillon.forms.checking import mistakes
from maillon.forms.definition import definitions
from maillon.forms.written import as_yaml
from maillon.kernel import content
from tests.forms.drawing import questionnaires

SHAPES = sorted(carrying.WRITERS)
FOREIGN = Path(__file__).parent / "foreign"
slow = settings(
    max_examples=int(os.environ.get("MAILLON_QUESTIONNAIRES", "20")),
    phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck),
)  # fmt: skip


def without_examples(asked: Questionnaire) -> dict[str, Any]:
    return {name: value for name, value in plain(asked).items() if name != "exemples"}


def there_and_back(asked: Questionnaire, shape: str) -> None:
    data, _ = carrying.WRITERS[shape](asked)
    came = carrying.READERS[shape](data)
    assert without_examples(came.asked) == without_examples(asked)
    assert came.remarks == []


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("code", sorted(definitions()))
def test_what_we_ship_comes_back_equal(code: str, shape: str) -> None:
    there_and_back(definitions()[code], shape)


@pytest.mark.parametrize("shape", SHAPES)
@slow
@given(asked=questionnaires())
def test_any_questionnaire_comes_back_equal(shape: str, asked: Questionnaire) -> None:
    assert list(mistakes(asked)) == [], "what is drawn may be asked"
    there_and_back(asked, shape)


@slow
@given(asked=questionnaires())
def test_any_questionnaire_is_the_text_of_a_content_file(asked: Questionnaire) -> None:
    assert content.read_text(as_yaml(asked), Questionnaire, "essai") == asked


# ------------------------------------------------------------------------------------------------ from elsewhere


def test_a_foreign_fhir_questionnaire_leaves_as_it_came() -> None:
    resource = json.loads((FOREIGN / "suivi.json").read_text(encoding="utf-8"))
    came = fhir.read_questionnaire(resource)
    assert came.remarks == []
    back, carried = carrying.as_fhir(came.asked)
    assert json.loads(carrying.as_json(back)) == resource
    assert carried.losses == ()
    pain = came.asked.question("q_4_1_douleur")
    assert pain is not None
    assert (pain.min, pain.max, pain.lien) == (Decimal(0), Decimal(10), "/4.1/douleur")
    assert came.asked.question("ou") is not None
    assert came.asked.groupes[1].questions[1].visible_si == 'réponse("SUIVI", "q_4_1_douleur") >= 4'


def test_a_foreign_dictionary_leaves_as_it_came() -> None:
    data = (FOREIGN / "sortie.csv").read_bytes()
    came = redcap.read_redcap(data)
    assert came.remarks == []
    back, carried = carrying.as_redcap(came.asked)
    assert list(csv.reader(io.StringIO(back.decode()))) == list(csv.reader(io.StringIO(data.decode())))
    assert back == data
    assert carried.losses == ()


def test_a_foreign_xlsform_leaves_as_it_came() -> None:
    sheets: xlsform.Sheets = {
        "survey": [
            {"type": "begin group", "name": "sommeil", "label": "Votre sommeil"},
            {"type": "select_one frequence", "name": "reveils", "label": "Réveils", "required": "yes"},
            {"type": "select_multiple causes", "name": "pourquoi", "label": "Pourquoi",
             "relevant": "${reveils} = 'souvent' or ${reveils} = 'toujours'"},
            {"type": "text", "name": "bruit", "label": "Quel bruit", "relevant": "selected(${pourquoi}, 'bruit')",
             "constraint": "string-length(.) <= 80"},
            {"type": "integer", "name": "heures", "label": "Heures de sommeil", "constraint": ". >= 0 and . <= 24"},
            {"type": "end group"},
        ],
        "choices": [
            {"list_name": "reveils", "name": "jamais", "label": "Jamais"},
            {"list_name": "reveils", "name": "souvent", "label": "Souvent"},
            {"list_name": "reveils", "name": "toujours", "label": "Toujours"},
            {"list_name": "pourquoi", "name": "bruit", "label": "Le bruit"},
            {"list_name": "pourquoi", "name": "douleur", "label": "La douleur"},
        ],
        "settings": [{"form_title": "Sommeil", "form_id": "SOMMEIL", "version": "3", "default_language": "fr"}],
    }  # fmt: skip
    sheets["survey"][1]["type"], sheets["survey"][2]["type"] = "select_one reveils", "select_multiple pourquoi"
    came = xlsform.from_sheets(sheets)
    assert came.remarks == []
    back, carried = xlsform.as_sheets(came.asked, carrying.rules_of(came.asked))
    assert {name: [{k: v for k, v in row.items() if v} for row in rows] for name, rows in back.items()} == sheets
    assert carried.losses == ()


def test_what_leaves_is_read_by_the_reference_reader_of_xlsform(tmp_path: Path) -> None:
    convert = pytest.importorskip("pyxform.xls2xform").convert
    for asked in definitions().values():
        path = tmp_path / f"{asked.code}.xlsx"
        path.write_bytes(carrying.as_xlsform(asked)[0])
        made = convert(xlsform=str(path), validate=False)
        assert made.xform
        assert all(question.code in made.xform for question in asked.questions())


# ------------------------------------------------------------------------------------------------ what is not taken


def refused(act: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as refusal:
        act()
    return refusal.value


def fhir_item(**said: Any) -> dict[str, Any]:
    item = {"linkId": "a", "text": "Quoi"} | said
    return {"resourceType": "Questionnaire", "status": "active", "title": "Essai", "item": [item]}


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        ({"resourceType": "Patient"}, "n’est pas un Questionnaire"),
        ([], "n’est pas un Questionnaire"),
        (fhir_item(type="attachment"), "«\u202fattachment\u202f»"),
        (fhir_item(type="choice", answerValueSet="http://exemple.fr/vs"), "n’est pas reprise"),
        (fhir_item(type="choice", answerOption=[{"valueString": "Peu"}]), "sans code simple"),
        (fhir_item(type="string", item=[{"linkId": "b", "type": "string"}]), "une question sous une question"),
        (fhir_item(type="group", item=[{"linkId": "b", "type": "group"}]), "un groupe dans un groupe"),
        (fhir_item(type="string", extension={}), "une liste d’objets"),
        (fhir_item(type="string") | {"item": ["x"]}, "une liste d’objets"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_asked_here_is_refused_with_its_place(resource: Any, told: str) -> None:
    refusal = refused(lambda: fhir.read_questionnaire(resource))
    assert refusal.code == "E-QST-31"
    assert told in refusal.message


def test_what_is_left_aside_is_said_one_by_one() -> None:
    resource = fhir_item(
        type="integer", initial=[{"valueInteger": 3}], prefix="1.",
        code=[{"system": "http://loinc.org", "code": "8480-6"}, {"system": "http://snomed.info/sct", "code": "1"}],
        enableWhen=[{"question": "absente", "operator": "=", "answerBoolean": True}],
        extension=[{"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-hidden", "valueBoolean": True}],
    ) | {"contact": [{"name": "X"}], "language": "de"}  # fmt: skip
    remarks = " ".join(fhir.read_questionnaire(resource).remarks)
    said = ("initial", "prefix", "autres codes", "condition d’affichage", "questionnaire-hidden", "contact", "language")
    assert [told for told in said if told not in remarks] == []


def test_a_dictionary_that_cannot_be_asked_here_is_refused_or_said() -> None:
    def rows(**said: str) -> bytes:
        written = io.StringIO()
        writer = csv.DictWriter(written, redcap.COLUMNS, restval="")
        writer.writeheader()
        writer.writerow({redcap.NAME: "a", redcap.FORM: "essai", redcap.TYPE: "text", redcap.LABEL: "Quoi"} | said)
        return written.getvalue().encode()

    assert refused(lambda: redcap.read_redcap(b"a,b\n1,2\n")).code == "E-QST-33"
    assert refused(lambda: redcap.read_redcap(b"\xff\xfe")).code == "E-QST-33"
    assert "«\u202ffile\u202f»" in refused(lambda: redcap.read_redcap(rows(**{redcap.TYPE: "file"}))).message
    assert "code, libellé" in refused(
        lambda: redcap.read_redcap(rows(**{redcap.TYPE: "radio", redcap.CHOICES: "oui"}))
    ).message
    came = redcap.read_redcap(
        rows(**{redcap.IF: "datediff([b], 'today', 'd') > 3", redcap.ANNOTATION: "@HIDDEN", "Identifier?": "y"})
    )
    assert len(came.remarks) == 3
    assert "datediff" in came.remarks[0]
    two = rows() + rows().partition(b"\r\n")[2].replace(b"essai", b"autre")
    assert "2 formulaires" in refused(lambda: redcap.read_redcap(two)).message


def test_a_workbook_that_is_none_or_hostile_is_refused(tmp_path: Path) -> None:
    assert refused(lambda: xlsform.read_xlsform(b"nothing")).code.startswith("E-")
    good, _ = carrying.as_xlsform(definitions()["PADSS"])
    assert refused(lambda: xlsform.read_xlsform(good[:-40])).code.startswith("E-")


    bomb = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as book, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as other:
        for name in book.namelist():
            data = book.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + data
            other.writestr(name, data)
    assert refused(lambda: xlsform.read_xlsform(bomb.getvalue())).code == "E-FMT-06"
    empty = xlsform.write_workbook({"autre": (("a",), [])})
    assert "survey" in refused(lambda: xlsform.read_xlsform(empty)).message


def test_a_complement_of_ours_that_was_altered_is_refused() -> None:
    resource, _ = carrying.as_fhir(definitions()["PADSS"])
    resource["extension"][0]["valueString"] = '{"rang": "premier"}'
    assert refused(lambda: fhir.read_questionnaire(resource)).code == "E-QST-30"


def test_what_came_says_what_it_still_lacks() -> None:
    came = carrying.arrived((FOREIGN / "sortie.csv").read_bytes(), "redcap")
    assert any("relu_le" in each for each in came.remarks)


@pytest.mark.parametrize(
    "wrong",
    [
        {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueInteger": "dix"}]},
        {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueDecimal": "NaN"}]},
        {"extension": [{"url": []}]},
        {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-unit", "valueCoding": None}]},
        {"maxLength": "20"},
        {"enableWhen": [{"question": "a", "operator": "=", "answerInteger": None}]},
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_in_french(wrong: dict[str, Any]) -> None:
    items = [{"linkId": "a", "text": "A", "type": "integer"}, {"linkId": "b", "text": "B", "type": "integer"} | wrong]
    with pytest.raises(Refused, match="mal formé") as refusal:
        carrying.arrived(json.dumps({"resourceType": "Questionnaire", "item": items}).encode(), "fhir")
    assert refusal.value.code == "E-QST-31"


def test_points_and_bounds_are_numbers_as_a_person_writes_them() -> None:
    def sheets(points: str) -> dict[str, list[dict[str, str]]]:
        choice = {"list_name": "l", "name": "x", "label": "Un peu", "points": points}
        return {"survey": [{"type": "select_one l", "name": "a", "label": "A"}], "choices": [choice]}

    (question,) = xlsform.from_sheets(sheets("1,5")).asked.questions()
    assert question.choix[0].valeur == Decimal("1.5")
    for odd in ("beaucoup", "NaN", "Infinity"):
        with pytest.raises(Refused, match="«\u202fUn peu\u202f»\u202f: les points"):
            xlsform.from_sheets(sheets(odd))

    row = {redcap.NAME: "a", redcap.FORM: "f", redcap.TYPE: "text", redcap.LABEL: "A", redcap.VALIDATION: "number",
           redcap.LEAST: "NaN", redcap.MOST: "10"}  # fmt: skip
    written = io.StringIO()
    writer = csv.DictWriter(written, redcap.COLUMNS, restval="")
    writer.writeheader()
    writer.writerow(row)
    came = carrying.arrived(written.getvalue().encode(), "redcap")
    (question,) = came.asked.questions()
    assert (question.min, question.max) == (None, Decimal(10))
    assert any("la borne «\u202fNaN\u202f» n’est pas reprise" in each for each in came.remarks)
