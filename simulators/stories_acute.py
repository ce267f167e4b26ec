"""Short stories: appendectomy, ankle sprain, pregnancy, childhood, a stay for heart failure."""

from __future__ import annotations

from collections.abc import Iterator

from simulators.life import Event, Letter, Life, Sampling


def appendectomy(life: Life) -> Iterator[Event]:
    day = life.chance.randrange(20, max(21, life.days - 45))
    admitted = life.moment(day, hour=11)
    yield Sampling(
        at=life.moment(day, hour=12),
        story="appendicectomie",
        values={
            "crp": life.chance.uniform(70, 160),
            "leucocytes": life.chance.uniform(13, 18),
            "hematies": 4.9,
            "hemoglobine": 14.2,
            "vgm": 89.0,
            "plaquettes": 270.0,
            "creatinine": 72.0,
            "sodium": 139.0,
            "potassium": 4.0,
        },
    )
    yield Letter(
        at=life.moment(day, hour=13),
        story="appendicectomie",
        type_code="15507-7",
        author="nguyen",
        encounter="EMER",
        title="Compte rendu de passage aux urgences",
        started=admitted,
        sections=(
            ("Motif", "Douleur de la fosse iliaque droite depuis la veille, adressé par le médecin traitant."),
            ("Examen", "Température 38,4 °C. Défense localisée de la fosse iliaque droite."),
            ("Conclusion", "Appendicite aiguë probable. Scanner puis avis chirurgical, hospitalisation."),
        ),
    )
    yield Letter(
        at=life.moment(day, hour=15),
        story="appendicectomie",
        type_code="18748-4",
        author="fontaine",
        title="Compte rendu d’imagerie : scanner abdomino-pelvien",
        sections=(
            ("Indication", "Suspicion d’appendicite aiguë."),
            ("Technique", "Acquisition après injection d’iode, temps portal."),
            (
                "Résultat",
                "Appendice de 11 mm, paroi rehaussée, infiltration de la graisse. Pas d’abcès ni de perforation.",
            ),
            ("Conclusion", "Appendicite aiguë non compliquée."),
        ),
    )
    yield from _surgery(life, day=day)


def _surgery(life: Life, *, day: int) -> Iterator[Event]:
    nurse = life.cared_by("lefevre")
    yield Letter(
        at=life.moment(day + 1, hour=9),
        story="appendicectomie",
        type_code="34874-8",
        author="vasseur",
        encounter="IMP",
        title="Compte rendu opératoire",
        started=life.moment(day, hour=19),
        ended=life.moment(day, hour=20),
        act=("34874-8", "Appendicectomie par cœlioscopie"),
        sections=(
            ("Intervention", "Appendicectomie par cœlioscopie, sous anesthésie générale."),
            ("Constatations", "Appendice phlegmoneux, pas de péritonite."),
            ("Gestes", "Section de l’appendice à sa base, lavage, pas de drainage. Compte des compresses exact."),
            ("Suites", "Simples en salle de réveil. Pièce adressée en anatomopathologie."),
        ),
    )
    yield Letter(
        at=life.moment(day + 3, hour=14),
        story="appendicectomie",
        type_code="11490-0",
        author="vasseur",
        encounter="IMP",
        title="Lettre de liaison à la sortie",
        started=life.moment(day, hour=18),
        ended=life.moment(day + 3, hour=13),
        readers=nurse,
        sections=(
            ("Motif d’hospitalisation", "Appendicite aiguë."),
            (
                "Synthèse du séjour",
                "Appendicectomie par cœlioscopie le premier jour. Reprise du transit et de l’alimentation le "
                "lendemain. Pas d’événement indésirable.",
            ),
            (
                "Traitements à la sortie",
                "Paracétamol 1 g, quatre fois par jour pendant cinq jours. Pas d’antibiotique.",
            ),
            (
                "Suites à donner",
                "Pansements tous les deux jours par une infirmière, ablation des fils à J10, consultation à un "
                "mois. Arrêt de travail de 14 jours.",
            ),
            ("Consignes", "Fièvre, douleur croissante ou écoulement : appeler le service au 01 99 00 00 20."),
        ),
    )
    yield Letter(
        at=life.moment(day + 3, hour=15),
        story="appendicectomie",
        type_code="PRESC-INF",
        author="vasseur",
        encounter="IMP",
        title="Prescription de soins infirmiers",
        readers=nurse,
        sections=(
            (
                "Prescription",
                "Pansements simples au domicile tous les deux jours pendant dix jours, puis ablation des fils.",
            ),
        ),
    )
    yield Letter(
        at=life.moment(day + 30, hour=16),
        story="appendicectomie",
        type_code="34875-5",
        author="vasseur",
        encounter="EXTERNE",
        title="Consultation postopératoire",
        sections=(
            ("Examen", "Cicatrices propres, abdomen souple."),
            (
                "Conclusion",
                "Guérison. Reprise du sport possible. Anatomopathologie : appendicite aiguë sans autre lésion.",
            ),
        ),
    )


def sprain(life: Life) -> Iterator[Event]:
    day = life.chance.randrange(10, max(11, life.days - 80))
    side = life.chance.choice(("droite", "gauche"))
    yield Letter(
        at=life.moment(day, hour=19),
        story="entorse",
        type_code="15507-7",
        author="nguyen",
        encounter="EMER",
        title="Compte rendu de passage aux urgences",
        sections=(
            ("Motif", f"Traumatisme de la cheville {side} en inversion."),
            (
                "Examen",
                "Œdème sous-malléolaire externe, douleur à la palpation de la malléole latérale. Critères "
                "d’Ottawa positifs.",
            ),
            (
                "Conclusion",
                "Entorse du ligament latéral. Radiographie demandée en ville, attelle, glaçage, antalgiques.",
            ),
        ),
    )
    yield Letter(
        at=life.moment(day + 1, hour=12),
        story="entorse",
        type_code="18748-4",
        author="fontaine",
        title=f"Compte rendu d’imagerie : radiographie de la cheville {side}",
        sections=(
            ("Indication", "Traumatisme en inversion, critères d’Ottawa positifs."),
            ("Technique", "Incidences de face et de profil."),
            ("Résultat", "Pas de lésion osseuse. Épaississement des parties molles en regard de la malléole latérale."),
            ("Conclusion", "Pas de fracture."),
        ),
    )
    yield from _rehabilitation(life, day=day, side=side)


def _rehabilitation(life: Life, *, day: int, side: str) -> Iterator[Event]:
    author = life.patient.treating_doctor
    readers = life.cared_by("girard") or ("girard",)
    yield Letter(
        at=life.moment(day + 2, hour=9),
        story="entorse",
        type_code="PRESC-KINE",
        author=author,
        readers=readers,
        title="Prescription de kinésithérapie",
        sections=(
            (
                "Prescription",
                f"Rééducation de la cheville {side} après entorse : lutte contre l’œdème, puis travail de la "
                f"stabilité.",
            ),
        ),
    )
    yield Letter(
        at=life.moment(day + 2, hour=10),
        story="entorse",
        type_code="CERT_DECL",
        author=author,
        title="Certificat médical initial",
        sections=(
            (
                "Constatations",
                f"Entorse de la cheville {side}. Boiterie, appui douloureux. Contre-indication à la pratique du "
                f"sport pendant six semaines.",
            ),
        ),
    )
    yield Letter(
        at=life.moment(day + 12, hour=17),
        story="entorse",
        type_code="34120-6",
        author="girard",
        title="Bilan de kinésithérapie",
        sections=(
            ("Bilan initial", "Flexion dorsale limitée à 5°, appui unipodal tenu 6 secondes."),
            ("Projet", "Douze séances : drainage, mobilité, proprioception."),
        ),
    )
    yield Letter(
        at=life.moment(day + 55, hour=17),
        story="entorse",
        type_code="11506-3",
        author="girard",
        title="Fin de rééducation",
        sections=(
            ("Évolution", "Mobilité symétrique, appui unipodal tenu 30 secondes, course en ligne sans douleur."),
            ("Conclusion", "Fin de la prise en charge, exercices d’entretien remis."),
        ),
    )


def pregnancy(life: Life) -> Iterator[Event]:
    conceived = life.chance.randrange(0, max(1, life.days - 280))
    for month in range(1, 9):
        yield Sampling(
            at=life.moment(conceived + 30 * month),
            story="grossesse",
            values={
                "glycemie": life.drift("glycemie", around=4.6, spread=0.3),
                "hemoglobine": 13.2 - 0.25 * month,
                "leucocytes": 8.5,
                "hematies": 4.3 - 0.05 * month,
                "vgm": 88.0,
                "plaquettes": 230.0 - 3 * month,
                "ferritine": max(9.0, 60.0 - 7 * month),
                "albuminurie": life.drift("albuminurie", around=10, spread=3),
            },
        )
    for weeks, title in (
        (12, "échographie du premier trimestre"),
        (22, "échographie du deuxième trimestre"),
        (32, "échographie du troisième trimestre"),
    ):
        yield Letter(
            at=life.moment(conceived + 7 * weeks, hour=11),
            story="grossesse",
            type_code="18748-4",
            author="fontaine",
            title=f"Compte rendu d’imagerie : {title}",
            confidentiality="R",
            sections=(
                ("Terme", f"{weeks} semaines d’aménorrhée."),
                (
                    "Résultat",
                    "Grossesse monofœtale évolutive, biométrie au 50e percentile, morphologie sans anomalie visible.",
                ),
                ("Conclusion", "Examen normal pour le terme."),
            ),
        )


def childhood(life: Life) -> Iterator[Event]:
    for day in life.every(300, jitter=40):
        yield Sampling(
            at=life.moment(day),
            story="enfant",
            values={
                "crp": life.chance.uniform(2, 45),
                "leucocytes": life.chance.uniform(6, 14),
                "hematies": 4.6,
                "hemoglobine": 12.4,
                "vgm": 83.0,
                "plaquettes": 310.0,
            },
        )
        yield Letter(
            at=life.moment(day, hour=20),
            story="enfant",
            type_code="15507-7",
            author="nguyen",
            encounter="EMER",
            title="Compte rendu de passage aux urgences",
            sections=(
                ("Motif", "Fièvre depuis trois jours."),
                ("Examen", "Bon état général, tympans normaux, auscultation claire."),
                (
                    "Conclusion",
                    "Infection virale probable. Surveillance à domicile, paracétamol selon le poids. Revoir le "
                    "médecin traitant si la fièvre persiste.",
                ),
            ),
        )


def heart_failure_stay(life: Life, *, day: int) -> Iterator[Event]:
    nurse, story = life.cared_by("lefevre"), "insuffisance_cardiaque"
    yield Letter(
        at=life.moment(day, hour=21),
        story=story,
        type_code="15507-7",
        author="nguyen",
        encounter="EMER",
        title="Compte rendu de passage aux urgences",
        sections=(
            ("Motif", "Dyspnée de repos, prise de poids de 4 kg en une semaine."),
            ("Examen", "Crépitants des deux bases, œdèmes des membres inférieurs, saturation à 89 %."),
            ("Conclusion", "Décompensation cardiaque. Furosémide intraveineux, hospitalisation en cardiologie."),
        ),
    )
    admitted, left = life.moment(day, hour=23), life.moment(day + 7, hour=11)
    yield Letter(
        at=life.moment(day + 7, hour=12),
        story=story,
        type_code="11490-0",
        author="rossi",
        encounter="IMP",
        readers=nurse,
        title="Lettre de liaison à la sortie",
        started=admitted,
        ended=left,
        sections=(
            ("Motif d’hospitalisation", "Décompensation d’une insuffisance cardiaque à fraction d’éjection altérée."),
            (
                "Synthèse du séjour",
                "Perte de 5 kg sous diurétiques intraveineux. Facteur déclenchant : écart de régime sans sel.",
            ),
            ("Traitements à la sortie", "Furosémide 40 mg matin et midi (augmenté). Ramipril et bisoprolol inchangés."),
            (
                "Suites à donner",
                "Poids tous les jours, ionogramme et créatinine dans une semaine, médecin traitant sous sept "
                "jours, cardiologue dans un mois.",
            ),
        ),
    )
    yield Letter(
        at=life.moment(day + 12, hour=10),
        story=story,
        type_code="34112-3",
        author="rossi",
        encounter="IMP",
        started=admitted,
        ended=left,
        title="Compte rendu d’hospitalisation",
        sections=(
            ("Séjour", "Sept jours en cardiologie."),
            ("Échocardiographie", "Fraction d’éjection à 35 %, pressions de remplissage normalisées à la sortie."),
            ("Conclusion", "Décompensation traitée. Télésurveillance proposée."),
        ),
    )
