"""The sections that several types share (CI-SIS volet Modèles de contenus CDA). A type changes what differs with
`dataclasses.replace`."""

from __future__ import annotations

from typing import Final

from maillon.formats.cda.blocks.attached import ATTACHED, COPY, FILES, PDF_COPY
from maillon.formats.cda.blocks.device import DEVICES
from maillon.formats.cda.blocks.medication import MEDICATIONS, VACCINATIONS
from maillon.formats.cda.blocks.observation import (
    FAMILY,
    FAMILY_PANEL,
    HABIT,
    PREGNANCY,
    VITAL_SIGN,
    VITAL_SIGNS_PANEL,
    observations,
)
from maillon.formats.cda.blocks.problem import ALLERGIES as ALLERGY_BLOCK
from maillon.formats.cda.blocks.problem import PROBLEMS as PROBLEM_BLOCK
from maillon.formats.cda.blocks.procedure import PLAN, PLANNED_VACCINES, PROCEDURES
from maillon.formats.cda.types.sheet import SectionSheet

CCD: Final = "2.16.840.1.113883.10.20.1"
PCC: Final = "1.3.6.1.4.1.19376.1.5.3.1"
FR: Final = "1.2.250.1.213.1.1.2"

PROBLEMS: Final = SectionSheet(
    code="11450-4",
    label="Liste des problèmes actifs",
    title="Problèmes actifs",
    templates=(f"{CCD}.11", f"{PCC}.3.6", f"{FR}.132"),
    blocks=(PROBLEM_BLOCK,),
    required=True,
)
MEDICAL_HISTORY: Final = SectionSheet(
    code="11348-0",
    label="Antécédents médicaux",
    title="Antécédents médicaux",
    templates=(f"{PCC}.3.8", f"{FR}.134"),
    blocks=(PROBLEM_BLOCK,),
)
FAMILY_HISTORY: Final = SectionSheet(
    code="10157-6",
    label="Historique des pathologies familiales",
    title="Antécédents familiaux",
    templates=(f"{CCD}.4", f"{PCC}.3.14", f"{PCC}.3.15", f"{FR}.139"),
    blocks=(observations(FAMILY, panel=FAMILY_PANEL, noun="antécédent familial"),),
    narrative="either",
    prose_templates=(f"{CCD}.4", f"{PCC}.3.14", f"{FR}.138"),
)
PAST_PROCEDURES: Final = SectionSheet(
    code="47519-4",
    label="Historique des actes",
    title="Historique des actes",
    templates=(f"{CCD}.12", f"{PCC}.3.11", f"{PCC}.3.12", f"{FR}.136"),
    blocks=(PROCEDURES,),
)
ALLERGIES: Final = SectionSheet(
    code="48765-2",
    label="Allergies et hypersensibilités",
    title="Allergies et hypersensibilités",
    templates=(f"{CCD}.2", f"{PCC}.3.13", f"{FR}.137"),
    blocks=(ALLERGY_BLOCK,),
    required=True,
)
TREATMENTS: Final = SectionSheet(
    code="10160-0",
    label="Historique de la prise médicamenteuse",
    title="Traitements",
    templates=(f"{CCD}.8", f"{PCC}.3.19", f"{FR}.143"),
    blocks=(MEDICATIONS,),
    required=True,
)
DEVICES_SECTION: Final = SectionSheet(
    code="46264-8",
    label="Dispositifs médicaux",
    title="Dispositifs médicaux",
    templates=("2.16.840.1.11383.10.20.1.7", f"{PCC}.1.5.3.5", f"{FR}.1"),
    blocks=(DEVICES,),
)
VITAL_SIGNS: Final = SectionSheet(
    code="8716-3",
    label="Signes vitaux",
    title="Signes vitaux",
    templates=(f"{CCD}.16", f"{PCC}.3.25", f"{PCC}.1.5.3.2", f"{FR}.75"),
    blocks=(observations(VITAL_SIGN, panel=VITAL_SIGNS_PANEL, noun="signe vital"),),
)
HABITS: Final = SectionSheet(
    code="29762-2",
    label="Habitus, Mode de vie",
    title="Mode de vie",
    templates=(f"{CCD}.15", f"{PCC}.3.16", f"{PCC}.3.16.1", f"{FR}.141"),
    blocks=(observations(HABIT, noun="habitude de vie"),),
    narrative="either",
    prose_templates=(f"{CCD}.15", f"{PCC}.3.16", f"{FR}.140"),
)
PREGNANCIES: Final = SectionSheet(
    code="10162-6",
    label="Historique des grossesses",
    title="Historique des grossesses",
    templates=(f"{PCC}.1.5.3.4", f"{FR}.77"),
    blocks=(observations(PREGNANCY, noun="observation de grossesse"),),
)
WORK_RISKS: Final = SectionSheet(
    code="10161-8",
    label="Facteurs de risques professionnels",
    title="Facteurs de risques professionnels",
    templates=(f"{PCC}.1.5.3.1", f"{FR}.74"),
    narrative="prose",
)
IMMUNIZATIONS: Final = SectionSheet(
    code="11369-6",
    label="Historique des vaccinations",
    title="Vaccinations",
    templates=(f"{CCD}.6", f"{PCC}.3.23", f"{FR}.147"),
    blocks=(VACCINATIONS,),
)
CARE_PLAN: Final = SectionSheet(
    code="18776-5",
    label="Plan de soins",
    title="Plan de soins",
    templates=(f"{CCD}.10", f"{PCC}.3.36", f"{FR}.158"),
    blocks=(PLAN, PLANNED_VACCINES, PROCEDURES),
)
REASON: Final = SectionSheet(
    code="42349-1",
    label="Raison de la recommandation",
    title="Motif d’hospitalisation",
    templates=(f"{PCC}.3.1", f"{FR}.127"),
    narrative="prose",
    required=True,
)
RESULTS_IN_WORDS: Final = SectionSheet(
    code="30954-2",
    label="Résultats d'examens",
    title="Résultats d’examens",
    templates=(f"{PCC}.3.27", f"{FR}.150"),
    narrative="prose",
)
COMMENT: Final = SectionSheet(
    code="55112-7",
    label="Commentaire",
    title="Commentaire",
    templates=("2.16.840.1.113883.10.12.201", "1.3.6.1.4.1.19376.1.4.1.2.16", f"{FR}.73"),
    narrative="prose",
    required=True,
)
PDF_COPY_SECTION: Final = SectionSheet(
    code=PDF_COPY,
    label="Copie du document",
    title="Copie du document",
    templates=(f"{FR}.243",),
    blocks=(COPY,),
    required=True,
)
DOCUMENTS: Final = SectionSheet(
    code=ATTACHED,
    label="Documents ajoutés",
    title="Documents joints",
    templates=(f"{FR}.37",),
    blocks=(FILES,),
)
