from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from maillon.cli import main
from maillon.formats import reading
from maillon.formats.cda.normal_form import normal_form
from maillon.formats.cda.read import read_cda
from maillon.formats.cda.write import write_cda
from maillon.formats.document import ClinicalDocument
from maillon.formats.from_json import read_models
from maillon.formats.refusal import Refused
from maillon.formats.with_pdf import with_pdf
from tests.formats.cda.types.strategies import STRATEGIES
from tests.formats.cda.written import PDF, letter, report
from tests.formats.kinds import CONTACTS, REFERRAL

NOWHERE = Path("/nulle-part")


def as_json(document: ClinicalDocument, **others: Any) -> dict[str, Any]:
    """What `lire --json` prints, with the bytes of the attachments beside."""
    said: dict[str, Any] = json.loads(orjson.dumps(reading.as_json(document)))
    for one, attachment in zip(said["attachments"], document.attachments, strict=True):
        one["base64"] = base64.b64encode(attachment.data).decode()
    return {**said, **others}


def read(said: object, folder: Path = NOWHERE) -> ClinicalDocument:
    (model,) = read_models(json.dumps(said).encode(), folder=folder)
    return model.document


@pytest.mark.parametrize("name", sorted(STRATEGIES))
@settings(max_examples=8, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_json_of_any_model_is_read_back_equal(name: str, data: st.DataObject) -> None:
    document = data.draw(STRATEGIES[name])
    assert read(as_json(document)) == document
    again = read_cda(write_cda(document))
    bare = replace(again, conformance=replace(again.conformance, ok=True), sha256="", size=0,
                   sections=tuple(replace(one, html="") for one in again.sections))  # fmt: skip
    assert read(as_json(again)) == bare
    assert normal_form(read_cda(write_cda(read(as_json(again))))) == normal_form(document)


def test_what_lire_prints_is_written_again_by_ecrire(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.xml").write_bytes(write_cda(report()))
    assert main(["lire", "--json", str(tmp_path / "a.xml")]) == 0
    (tmp_path / "a.json").write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["ecrire", str(tmp_path / "a.json"), "-o", str(tmp_path / "b.xml")]) == 0
    assert "BIO-CR-BIO 2024.01" in capsys.readouterr().out
    assert (tmp_path / "b.xml").read_bytes() == (tmp_path / "a.xml").read_bytes()


def test_the_bytes_of_an_attachment_come_from_a_file_beside(tmp_path: Path) -> None:
    (tmp_path / "copie.pdf").write_bytes(PDF)
    said = as_json(letter())
    said["attachments"] = [{"media_type": "application/pdf", "path": "copie.pdf"}]
    (found,) = read(said, tmp_path).attachments
    assert (found.data, found.size, len(found.sha256)) == (PDF, len(PDF), 64)


def test_the_pdf_is_made_from_the_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contacts = {key: {"address": list(one.address), "telecoms": list(one.telecoms)} for key, one in CONTACTS.items()}
    said = as_json(REFERRAL, contacts=contacts)
    (tmp_path / "m.json").write_text(json.dumps([said, said]), encoding="utf-8")
    order = ["ecrire", str(tmp_path / "m.json"), "-o", str(tmp_path / "m.xml"), "--pdf", "--identite", "QUAL"]
    assert main(order) == 2
    assert "E-MOD-05" in capsys.readouterr().err
    assert main([*order, "--numero", "2"]) == 0
    written = read_cda((tmp_path / "m.xml").read_bytes())
    assert written.attachments[0].data.startswith(b"%PDF-1.4")
    assert "2 place de la Halle" in (tmp_path / "m.xml").read_text(encoding="utf-8")


def test_the_copy_inside_a_structured_document_is_its_own_narrative() -> None:
    import io

    from pypdf import PdfReader

    whole = with_pdf(report(), contacts=CONTACTS)
    (copy,) = [one for one in read_cda(write_cda(whole)).attachments if one.media_type == "application/pdf"]
    assert "CRP 12,4 mg/L" in " ".join(PdfReader(io.BytesIO(copy.data)).pages[0].extract_text().split())


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"nom": "x"}, "E-MOD-02", "nom"),
        ({"title": 3}, "E-MOD-02", "title"),
        ({"level": 2}, "E-MOD-02", "level"),
        ({"level": True}, "E-MOD-02", "level"),
        ({"patient": []}, "E-MOD-02", "patient"),
        ({"patient": {"sex": "X"}}, "E-MOD-02", "patient.sex"),
        ({"patients_named": "1"}, "E-MOD-02", "patients_named"),
        ({"authors": {}}, "E-MOD-02", "authors"),
        ({"authors": [{"nom": 1}]}, "E-MOD-02", "authors[0].nom"),
        ({"results": [{"translations": [["a", "b"]]}]}, "E-MOD-02", "results[0].translations[0]"),
        ({"participants": [{}]}, "E-MOD-02", "participants[0].role"),
        ({"refused": {}}, "E-MOD-02", "refused"),
        ({"attachments": [{}]}, "E-MOD-03", "attachments[0]"),
        ({"attachments": [{"path": "absent.pdf"}]}, "E-MOD-03", "attachments[0].path"),
        ({"attachments": [{"base64": "é"}]}, "E-MOD-02", "attachments[0].base64"),
        ({"attachments": [{"base64": "AAAA", "size": 9, "media_type": "x"}]}, "E-MOD-04", "attachments[0].size"),
        ({"attachments": [{"base64": "AAAA", "sha256": "0", "media_type": "x"}]}, "E-MOD-04", "attachments[0].sha256"),
    ],
)
def test_what_is_not_the_model_is_refused_with_its_place(change: dict[str, Any], code: str, place: str) -> None:
    with pytest.raises(Refused) as refused:
        read({**as_json(letter()), **change})
    assert refused.value.code == code
    assert refused.value.message.startswith(place)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "E-MOD-01"), (b"{", "E-MOD-01"), (b'{"a":\n}', "E-MOD-01"), (b"3", "E-MOD-02"), (b"[3]", "E-MOD-02"),
     (b"[" * 5000, "E-MOD-01")],
)  # fmt: skip
def test_what_is_no_json_is_refused_with_its_line(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_models(data, folder=NOWHERE)
    assert refused.value.code == code
    if data == b'{"a":\n}':
        assert "ligne 2" in refused.value.message


def test_a_refused_model_writes_nothing_and_leaves_what_was_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.json").write_text(json.dumps(as_json(replace(letter(), title=None))), encoding="utf-8")
    (tmp_path / "m.xml").write_text("avant")
    assert main(["ecrire", str(tmp_path / "m.json"), "-o", str(tmp_path / "m.xml")]) == 2
    assert "REFUSÉ [E-ECR-01]" in capsys.readouterr().err
    assert (tmp_path / "m.xml").read_text() == "avant"
    assert main(["ecrire", str(tmp_path / "absent.json"), "-o", str(tmp_path / "m.xml")]) == 2
    (tmp_path / "n.json").write_text(json.dumps(as_json(letter())), encoding="utf-8")
    assert main(["ecrire", str(tmp_path / "n.json"), "-o", str(tmp_path / "pas" / "là.xml")]) == 2
    assert "E-MOD-06" in capsys.readouterr().err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["m.json", "m.xml", "n.json"]
