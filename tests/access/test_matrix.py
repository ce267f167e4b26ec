"""AC8.7: the whole habilitation matrix, cell by cell, against the table of the domain sheet, written here again by
hand; then its dates, and what it does with what it does not know."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from maillon.access import matrix
from maillon.cli import main
from maillon.commands import annex
from maillon.kernel import content
from maillon.kernel.message import UserMessage
from maillon.professionals.api import PROFESSIONS
from maillon.terminology import api as terminology

TODAY = dt.date(2026, 11, 25)

# Domain sheet §8.3. R read, W create, C read once consent is given, - nothing; * seen in an official text.
COLUMNS = {
    "MED": ("G15_10",), "SF": ("G15_50",), "CD": ("G15_40",), "PH": ("G15_21",), "IDE": ("G15_60",), "IPA": (),
    "MK": ("G15_70",), "PEDI": ("G15_80",), "ORTHO": ("G15_91", "G15_92"), "ERGO": ("G15_94", "G15_95", "G15_96"),
    "AS": ("G15_35",), "PSY": ("93",), "AM": ("332",), "SEC": ("331",), "COORD": ("330",), "SOC": ("41",), "PAT": (),
}  # fmt: skip
#                         MED  SF CD PH IDE IPA MK PEDI ORTHO ERGO AS PSY AM SEC COORD SOC PAT
SHEET = [
    ("60591-5 SYNTH",    "RW* RW R  R  R   RW  R  R    R     R    -  -   -  -   C     -   R"),
    ("68599-0",          "RW* -  -* -  -*  -   -  -    -     -    -  -   -  -   -     -   R"),
    ("83901-9",          "RW* -  -* -  -*  -   -  -    -     -    -  RW  -  -   -     -   R"),
    ("11488-4 34112-3 11490-0 18761-7",
                         "RW* RW RW R  R   RW  R  R    R     R    -  -   -  -   R     -   R"),
    ("15507-7",          "RW* RW RW R  R*  RW  R  R    R     R    -  -   -  -   R     -   R"),
    ("34874-8 77436-4 34749-2",
                         "RW* RW RW R  R   R   R  R    -     -    -  -   -  -   -     -   R"),
    ("11506-3 34120-6",  "RW* RW R  R  RW  RW  RW RW   RW    RW   R  R   -  -   R     -   R"),
    ("47420-5",          "RW* RW R  R  RW* RW  RW RW   RW    RW   R  R   -  -   R     -   R"),
    ("18748-4 IMG-KOS",  "RW* R  RW R  R   R   R  R    R     -    -  -   -  -   -     -   R"),
    ("11502-2",          "RW* R  R  RW R*  RW  R  R    -     R    -  -   -  -   -     -   R"),
    ("60568-3 51969-4",  "RW* -  -  -  -   -   -  -    -     -    -  -   -  -   -     -   R"),
    ("57833-6 PRESC-BIO PRESC-INF PRESC-ORTHOPHO PRESC-ORTHOPTIE",
                         "RW* RW RW R  R   RW  R  -    R     R    -  -   -  -   -     -   R"),
    ("PRESC-KINE",       "RW* RW RW R  R   RW  RW -    R     R    -  -   -  -   -     -   R"),
    ("PRESC-PEDI",       "RW* RW RW R  R   RW  R  RW   R     R    -  -   -  -   -     -   R"),
    ("60593-1 61357-0",  "R*  R  R  RW R   R   -  -    -     -    -  -   -  -   -     -   R"),
    ("56445-0",          "R*  R  R  RW R*  R   -  -    -     -    -  -   -  -   -     -   R"),
    ("18776-5 34794-8 77604-7",
                         "RW* R  R  R  R   RW  R  R    R     R    -  -   -  -   RW    R   R"),
    ("PROT_ALD",         "RW* R  R  R  R*  RW  R  R    R     R    -  -   -  -   RW    R   R"),
    ("80788-3",          "R*  R  -* R  R   R   R  -    -     R    R  R   -  -   RW    RW  R"),
    ("83981-1",          "R*  R  -* R  R*  R   R  -    -     R    R  R   -  -   RW    RW  R"),
    ("80565-5 87273-9 11369-6",
                         "RW* RW R  RW RW  RW  -  -    -     -    -  -   -  -   -     -   R"),
    ("75496-0",          "RW* R  -* R  W*  RW  -  -    -     -    -  -   -  -   -     -   R"),
    ("85208-7",          "RW* RW R  R  R   RW  R  R    R     -    -  -   -  -   -     -   R"),
    ("89601-9",          "RW* RW RW -  -*  R   -  -    -     -    -  -   -  -   -     -   R"),
    ("PRESC-AAT",        "RW* RW RW -  -   R   -  -    -     -    -  -   -  -   -     -   R"),
    ("REMB",             "R*  R  R  R  R   R   -  -    -     -    -  -   -  -   -     -   R"),
    ("EXPPAT_3 DOCPAT01 DOCPAT02 DOCPAT03 DOCPAT04 DOCPAT05 DOCPAT06 DOCPAT07 DOCPAT08 DOCPAT09 DOCPAT10",
                         "R*  R  R  R  R   R   R  R    R     -    -  -   -  -   -     -   RW"),
    ("ATTEST-ASS-COMPL ATTEST-DROITS-AM ATTEST-HEBGT 51851-4",
                         "R*  R  R  -  -   -   -  -    -     -    -  -   RW RW  R     R   RW"),
    ("ATTEST-RESID",     "-*  R  R  -  -   -   -  -    -     -    -  -   RW RW  R     R   RW"),
    ("59283-2",          "RW* RW R  -  -   R   -  -    R     -    -  -   -  -   -     -   R"),
    ("68817-6",          "RW* RW R  -  -*  R   -  -    R     -    -  -   -  -   -     -   R"),
]  # fmt: skip
RIGHT = {"-": "aucune", "R": "lecture", "W": "ecriture", "RW": "lecture_ecriture", "C": "lecture_apres_consentement"}
CELLS = [
    (code, column, RIGHT[said.rstrip("*")], "officiel" if said.endswith("*") else "local")
    for codes, row in SHEET
    for code in codes.split()
    for column, said in zip(COLUMNS, row.split(), strict=True)
]


def _in_force() -> matrix.Matrix:
    found = matrix.in_force(TODAY)
    assert found is not None
    return found


def test_every_cell_of_the_sheet_is_a_cell_of_the_matrix_with_its_provenance() -> None:
    law, different = _in_force(), []
    assert len(CELLS) == 62 * 17
    for code, column, right, provenance in CELLS:
        line = law.line_of(matrix.types()[code])
        assert line is not None
        found = line.droits.get(column, "aucune"), line.provenance(column, code, law.provenance)
        if found != (right, provenance):
            different.append((code, column, right, provenance, found))
    assert different == []


def test_a_profession_reads_what_its_column_reads_and_nothing_else() -> None:
    different = []
    for code, column, right, _ in CELLS:
        for profession in COLUMNS[column]:
            bit = matrix.bit_of(code)
            asked = (
                matrix.readable(profession, on=TODAY)[bit] == "1",
                matrix.readable(profession, on=TODAY, with_consent=True)[bit] == "1",
                matrix.may_write(profession, code, on=TODAY),
            )
            reads, writes = right in {"lecture", "lecture_ecriture"}, right in {"ecriture", "lecture_ecriture"}
            if asked != (reads, reads or right == "lecture_apres_consentement", writes):
                different.append((code, profession, right, asked))
    assert different == []


def test_every_profession_has_at_most_one_column_and_one_without_column_reads_nothing() -> None:
    law = _in_force()
    assert {column.code: column.professions for column in law.colonnes} == COLUMNS
    assert set(PROFESSIONS) - {code for codes in COLUMNS.values() for code in codes} == {"G15_98"}
    for stranger in ("G15_98", "", "unheard of"):
        assert set(matrix.readable(stranger, on=TODAY, with_consent=True)) == {"0"}


def test_a_type_unknown_to_the_matrix_is_read_by_physicians_only() -> None:
    assert matrix.bit_of("never heard of") == 0
    readers = {code for code in PROFESSIONS if matrix.readable(code, on=TODAY, with_consent=True)[0] == "1"}
    assert readers == {"G15_10"}
    assert not matrix.may_write("G15_10", "never heard of", on=TODAY)


def test_physicians_read_every_type_but_the_attestation_of_residence() -> None:
    mask = matrix.readable("G15_10", on=TODAY)
    assert [code for code, bit in matrix.ranks().items() if mask[bit] == "0"] == ["ATTEST-RESID"]


def test_a_type_that_nothing_places_is_read_by_physicians_only() -> None:
    unplaced = [each for each in matrix.types().values() if each.group == "medecins"]
    assert {each.code for each in unplaced} == {"101881-1", "E1762", "FEUILLE-DE-STYLE"}
    for each in unplaced:
        assert [code for code in PROFESSIONS if matrix.readable(code, on=TODAY)[each.bit] == "1"] == ["G15_10"]


def test_every_type_of_the_nomenclature_has_its_own_bit_for_ever() -> None:
    known = {
        concept.code
        for name in ("jdv-j07-xds-type-code", "jdv-j66-type-code-dmp")
        for concept in terminology.value_set(name).concepts
    }
    bits = list(matrix.ranks().values())
    assert known <= set(matrix.types())
    assert len(set(bits)) == len(bits)
    assert min(bits) > 0
    assert max(bits) < matrix.WIDTH
    # Rows already filed bear these numbers: a type may be added after the last one, none may move.
    assert {code: matrix.bit_of(code) for code in _FIXED} == _FIXED


_FIXED = {"ATTEST-ASS-COMPL": 1, "11502-2": 40, "11488-4": 37, "60591-5": 72, "68599-0": 76, "CONTACTS-URGENCE": 116}


def test_a_line_of_the_nomenclature_belongs_to_a_line_of_the_matrix() -> None:
    law = _in_force()
    assert {each.group for each in matrix.types().values()} == {line.pour for line in law.lignes}


# ------------------------------------------------------------------------------------------------ dates


def test_the_version_in_force_is_the_latest_that_has_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _in_force()
    narrower = dataclasses.replace(first, depuis=dt.date(2027, 1, 1), lignes=(), types_inconnus=())
    monkeypatch.setattr(matrix, "versions", lambda: (first, narrower))
    matrix.readable.cache_clear()
    try:
        assert matrix.in_force(dt.date(2026, 12, 31)) is first
        assert matrix.in_force(dt.date(2027, 1, 1)) is narrower
        assert "1" in matrix.readable("G15_10", on=dt.date(2026, 12, 31))
        assert "1" not in matrix.readable("G15_10", on=dt.date(2027, 1, 1))
    finally:
        matrix.readable.cache_clear()


def test_before_the_first_version_nobody_reads_anything() -> None:
    before = _in_force().depuis - dt.timedelta(days=1)
    assert matrix.in_force(before) is None
    assert set(matrix.readable("G15_10", on=before)) == {"0"}
    assert not matrix.may_write("G15_10", "11488-4", on=before)


# ------------------------------------------------------------------------------------------------ a file that is wrong


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("SF: lecture_ecriture, CD: lecture, PH", "SF: tout, CD: lecture, PH", "ligne 41 : « tout » n’est pas admis"),
        ("SF: lecture_ecriture, CD: lecture, PH", "SF: lecture, SF: aucune, PH", "ligne 41 : clé répétée « SF »"),
        ("pour: synthese", "pour: syntheses", "ligne inconnue : syntheses"),
        ("pour: psychiatrie", "pour: synthese", "ligne répétée : synthese"),
        ("types_inconnus: [MED]", "types_inconnus: [DOC]", "colonne inconnue : DOC"),
        ('IDE: ["15507-7"]', 'IDE: ["15507-8"]', "type de document inconnu : 15507-8"),
        ("professions: [G15_50]", "professions: [G15_10]", "profession dans deux colonnes : G15_10"),
        ("depuis: 2023-10-29", "depuis: bientôt", "date AAAA-MM-JJ attendu"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_is_refused_in_french(tmp_path: Path, written: str, instead: str, said: str) -> None:
    text = (matrix.FOLDER / "habilitations.yaml").read_text(encoding="utf-8")
    assert written in text
    (tmp_path / "habilitations.yaml").write_text(text.replace(written, instead, 1), encoding="utf-8")
    with pytest.raises(content.ContentError, match=said):
        matrix.read_versions(tmp_path)


def test_two_versions_may_not_begin_on_the_same_day(tmp_path: Path) -> None:
    text = (matrix.FOLDER / "habilitations.yaml").read_text(encoding="utf-8")
    for name in ("habilitations.yaml", "habilitations-2023-10-29.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(content.ContentError, match="le même jour"):
        matrix.read_versions(tmp_path)


# ------------------------------------------------------------------------------------------------ the official annex

ANNEX = """type_code,profession_code,droit
11502-2,G15_10,lecture_ecriture
11502-2,G15_60,lecture
68599-0,G15_60,aucune
11488-4,330,lecture_apres_consentement
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The folder of a house that has only our defaults."""
    folder = tmp_path / "regles"
    folder.mkdir()
    text = (matrix.FOLDER / "habilitations.yaml").read_text(encoding="utf-8")
    (folder / "habilitations.yaml").write_text(text, encoding="utf-8")
    return folder


def _annex(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "annexe.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", [ANNEX, ANNEX.replace(",", ";"), "\ufeff" + ANNEX], ids=["comma", "semicolon", "bom"])
def test_the_annex_becomes_a_dated_official_version(tmp_path: Path, rules: Path, text: str) -> None:
    since = dt.date(2027, 1, 1)
    written = annex.import_annex(_annex(tmp_path, text), since=since, source="JO du 29/10/2023", folder=rules)
    assert written.name == "habilitations-2027-01-01.yaml"
    first, official = matrix.read_versions(rules)
    assert (first.depuis, official.depuis) == (dt.date(2023, 10, 29), since)
    assert (official.provenance, official.source) == ("officiel", "JO du 29/10/2023")
    assert official.cell("G15_10", "11502-2") == ("lecture_ecriture", "officiel")
    assert official.cell("G15_60", "68599-0") == ("aucune", "officiel")
    assert official.cell("330", "11488-4").right == "lecture_apres_consentement"
    # What the annex does not name is denied: a profession, a type, a cell; not what nobody's annex can name.
    assert official.cell("G15_21", "11502-2").right == "aucune"
    assert official.cell("G15_10", "60591-5").right == "aucune"
    assert official.cell("330", "11502-2").right == "aucune"
    assert official.cell("G15_10", "never heard of").right == "lecture"
    assert official.cell("G15_60", "never heard of").right == "aucune"


@pytest.mark.parametrize(
    ("added", "code", "said"),
    [
        ("99999-9,G15_10,lecture", "E-HAB-02", "ligne 6\u202f: type de document inconnu «\u202f99999-9\u202f»"),
        ("11502-2,G15_99,lecture", "E-HAB-02", "ligne 6\u202f: profession inconnue «\u202fG15_99\u202f»"),
        ("11502-2,G15_21,tout", "E-HAB-02", "ligne 6\u202f: droit inconnu «\u202ftout\u202f»"),
        ("11502-2,G15_60,lecture", "E-HAB-02", "ligne 6\u202f: 11502-2, G15_60\u202f: répète la ligne 3"),
        (
            "11502-2,G15_60,aucune",
            "E-HAB-02",
            "ligne 6\u202f: 11502-2, G15_60\u202f: contredit («\u202flecture\u202f»)",
        ),
        ("11502-2", "E-HAB-02", "ligne 6\u202f: profession inconnue"),
    ],
)
def test_an_annex_with_a_fault_is_refused_whole_and_mended(
    tmp_path: Path, rules: Path, added: str, code: str, said: str
) -> None:
    since, before = dt.date(2027, 1, 1), sorted(rules.iterdir())
    with pytest.raises(UserMessage) as caught:
        annex.import_annex(_annex(tmp_path, f"{ANNEX}{added}\n"), since=since, folder=rules)
    assert caught.value.code == code
    assert said in caught.value.message
    assert sorted(rules.iterdir()) == before, "nothing was written"
    assert annex.import_annex(_annex(tmp_path, ANNEX), since=since, folder=rules).exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [("code,droit\n1,lecture\n", "ligne 1"), ("type_code,profession_code,droit\n", "aucune case"), ("", "ligne 1")],
)
def test_a_file_that_is_no_annex_is_refused(tmp_path: Path, rules: Path, text: str, said: str) -> None:
    with pytest.raises(UserMessage, match=said) as caught:
        annex.import_annex(_annex(tmp_path, text), since=dt.date(2027, 1, 1), folder=rules)
    assert caught.value.code == "E-HAB-01"


def test_a_version_is_never_written_over(tmp_path: Path, rules: Path) -> None:
    since = dt.date(2027, 1, 1)
    kept = annex.import_annex(_annex(tmp_path, ANNEX), since=since, folder=rules).read_text(encoding="utf-8")
    with pytest.raises(UserMessage) as caught:
        annex.import_annex(_annex(tmp_path, ANNEX.replace("lecture_ecriture", "aucune")), since=since, folder=rules)
    assert caught.value.code == "E-HAB-03"
    assert (rules / "habilitations-2027-01-01.yaml").read_text(encoding="utf-8") == kept


def test_the_command_shows_the_matrix_and_refuses_a_bad_annex(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["habilitations", "montrer"]) == 0
    shown = capsys.readouterr().out
    assert "depuis le 29/10/2023" in shown
    (residence,) = (line.split() for line in shown.splitlines() if line.startswith("residence"))
    assert residence == ["residence", "–*", "L", "L", *"–" * 9, "LÉ", "LÉ", "L", "L", "LÉ"]
    assert main(["habilitations", "montrer", "--le", "2020-01-01"]) == 2
    bad = _annex(tmp_path, ANNEX + "nothing,G15_10,lecture\n")
    assert main(["habilitations", "importer", str(bad), "--depuis", "2027-01-01"]) == 2
    assert "E-HAB-02" in capsys.readouterr().err
