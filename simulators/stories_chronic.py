"""Long stories: diabetes, hypertension, antivitamin K, heart failure, asthma, thyroid, yearly check."""

from __future__ import annotations

from collections.abc import Iterator

from simulators.life import Event, Letter, Life, Sampling
from simulators.stories_acute import heart_failure_stay


def diabetes(life: Life) -> Iterator[Event]:
    """HbA1c climbs in the first year, treatment is changed, it comes down."""
    peak = life.chance.uniform(8.2, 9.8)
    base = life.chance.uniform(6.6, 7.2)
    for number, day in enumerate(life.every(91)):
        share = day / life.days
        height = base + (peak - base) * (1 - abs(share - 0.5) * 2)
        measured = height + life.chance.gauss(0, 0.15)
        values: dict[str, float | str] = {
            "hba1c": measured,
            "glycemie": measured * 1.59 - 2.59 + life.chance.gauss(0, 0.5),
        }
        values |= kidneys(life)
        if number % 4 == 1:
            values |= lipids(life) | {"albuminurie": life.drift("albuminurie", around=24, spread=9)}
        yield Sampling(at=life.moment(day, hour=14), story="diabete", values=values)
    for day in life.every(350, jitter=20):
        yield diabetologist(life, day=day)
    yield from renewals(
        life,
        story="diabete",
        drugs=("Metformine 1 000 mg, comprimé : 1 matin et soir", "Gliclazide LM 60 mg : 1 le matin"),
    )


def diabetologist(life: Life, *, day: int) -> Letter:
    weight = life.drift("poids", around=84, spread=6)
    return Letter(
        at=life.moment(day, hour=16),
        story="diabete",
        type_code="11488-4",
        author="garnier",
        encounter="EXTERNE",
        title="Compte rendu de consultation de diabétologie",
        sections=(
            ("Motif", "Suivi annuel d’un diabète de type 2."),
            (
                "Examen",
                f"Poids {weight:.0f} kg. Tension artérielle 13/8. Pouls pédieux perçus, monofilament normal aux "
                f"deux pieds.",
            ),
            ("Fond d’œil", "Pas de rétinopathie sur les rétinographies de l’année."),
            (
                "Conclusion",
                "Objectif d’HbA1c à 7 %. Poursuite de la metformine, éducation diététique avec l’infirmière de "
                "la maison de santé. Contrôle biologique dans trois mois.",
            ),
        ),
    )


def hypertension(life: Life) -> Iterator[Event]:
    for number, day in enumerate(life.every(180, jitter=15)):
        values = ions(life) | kidneys(life) | (lipids(life) if number % 2 else {})
        yield Sampling(at=life.moment(day, hour=15), story="hta", values=values)
    for day in life.every(600, jitter=30):
        yield cardiologist(life, day=day, story="hta", reason="Bilan d’une hypertension artérielle essentielle.")
    yield from renewals(life, story="hta", drugs=("Amlodipine 5 mg, gélule : 1 le matin",))


def cardiologist(life: Life, *, day: int, story: str, reason: str) -> Letter:
    fraction = life.drift("feve", around=38 if story == "insuffisance_cardiaque" else 62, spread=3)
    return Letter(
        at=life.moment(day, hour=17),
        story=story,
        type_code="11488-4",
        author="rossi",
        encounter="EXTERNE",
        title="Compte rendu de consultation de cardiologie",
        sections=(
            ("Motif", reason),
            (
                "Électrocardiogramme",
                "Rythme sinusal à 68/min, pas de trouble de la repolarisation."
                if story != "avk"
                else "Fibrillation auriculaire à 74/min.",
            ),
            (
                "Échocardiographie",
                f"Fraction d’éjection du ventricule gauche à {fraction:.0f} %. Pas de valvulopathie significative.",
            ),
            ("Conclusion", "Traitement inchangé. Automesure tensionnelle avant la prochaine consultation, dans un an."),
        ),
    )


def anticoagulation(life: Life) -> Iterator[Event]:
    """INR every three or four weeks; now and then out of its range, then checked within the week."""
    for day in life.every(25, jitter=4):
        inr = max(1.1, life.drift("inr", around=2.5, spread=0.35, pull=0.6))
        if life.chance.random() < 0.04:
            yield Sampling(
                at=life.moment(day), story="avk", values={"inr": inr + 2.3}, readers=life.cared_by("lefevre")
            )
            checked = day + 4
        else:
            checked = day
        if checked < life.days:
            yield Sampling(at=life.moment(checked), story="avk", values={"inr": inr}, readers=life.cared_by("lefevre"))
    for day in life.every(400, jitter=30):
        yield cardiologist(
            life, day=day, story="avk", reason="Fibrillation auriculaire permanente sous antivitamine K."
        )
    yield from renewals(life, story="avk", drugs=("Warfarine 5 mg : selon l’INR", "Bisoprolol 2,5 mg : 1 le matin"))


def heart_failure(life: Life) -> Iterator[Event]:
    crises = sorted(life.chance.sample(range(60, life.days - 40), k=2)) if life.days > 200 else []
    for day in life.every(60, jitter=8):
        near = any(abs(day - crisis) < 30 for crisis in crises)
        bnp = life.drift("bnp", around=1400, spread=250) * (2.6 if near else 1)
        yield Sampling(
            at=life.moment(day, hour=13),
            story="insuffisance_cardiaque",
            values={"bnp": bnp} | ions(life) | kidneys(life),
        )
    for crisis in crises:
        yield from heart_failure_stay(life, day=crisis)
    for day in life.every(360, jitter=20):
        yield cardiologist(
            life,
            day=day,
            story="insuffisance_cardiaque",
            reason="Suivi d’une insuffisance cardiaque à fraction d’éjection altérée.",
        )
    yield from renewals(
        life,
        story="insuffisance_cardiaque",
        drugs=("Furosémide 40 mg : 1 le matin", "Ramipril 5 mg : 1 le soir", "Bisoprolol 5 mg : 1 le matin"),
    )


def asthma(life: Life) -> Iterator[Event]:
    for day in life.every(330, jitter=30):
        peak = life.drift("vems", around=88, spread=6)
        yield Letter(
            at=life.moment(day, hour=11),
            story="asthme",
            type_code="11488-4",
            author="perrin",
            encounter="EXTERNE",
            title="Compte rendu de consultation de pneumologie",
            sections=(
                ("Motif", "Asthme allergique, suivi annuel."),
                ("Explorations", f"VEMS à {peak:.0f} % de la théorique, réversible sous bêta-2 mimétique."),
                (
                    "Conclusion",
                    "Asthme contrôlé. Technique d’inhalation revue. Corticoïde inhalé à poursuivre pendant la "
                    "saison pollinique.",
                ),
            ),
        )
    if life.chance.random() < 0.6:
        yield emergency_for_asthma(life, day=life.chance.randrange(30, max(31, life.days - 5)))
    yield from renewals(
        life,
        story="asthme",
        drugs=("Budésonide/formotérol 200/6 : 1 bouffée matin et soir", "Salbutamol : à la demande"),
        days=70,
    )


def emergency_for_asthma(life: Life, *, day: int) -> Letter:
    return Letter(
        at=life.moment(day, hour=22),
        story="asthme",
        type_code="15507-7",
        author="nguyen",
        encounter="EMER",
        title="Compte rendu de passage aux urgences",
        sections=(
            ("Motif", "Dyspnée aiguë chez une personne asthmatique."),
            (
                "Évolution",
                "Trois aérosols de salbutamol et ipratropium, amélioration franche, saturation à 97 % en air ambiant.",
            ),
            (
                "Conclusion",
                "Crise d’asthme modérée. Retour au domicile avec prednisolone pendant cinq jours. Consultation "
                "du médecin traitant sous 48 heures.",
            ),
        ),
    )


def thyroid(life: Life) -> Iterator[Event]:
    for day in life.every(180, jitter=15):
        yield Sampling(
            at=life.moment(day, hour=12), story="thyroide", values={"tsh": life.drift("tsh", around=3.4, spread=1.4)}
        )
    yield imaging(
        life,
        day=life.chance.randrange(life.days),
        story="thyroide",
        title="Échographie thyroïdienne",
        technique="Échographie de la thyroïde et des aires ganglionnaires cervicales.",
        result="Nodule isoéchogène du lobe droit de 8 mm, EU-TIRADS 3. Lobe gauche sans particularité.",
        conclusion="Nodule stable. Contrôle dans deux ans.",
    )
    yield from renewals(life, story="thyroide", drugs=("Lévothyroxine 75 µg : 1 le matin à jeun",), days=84)


def yearly_check(life: Life) -> Iterator[Event]:
    for day in life.every(240, jitter=25):
        values: dict[str, float | str] = {"glycemie": life.drift("glycemie", around=5.2, spread=0.4), "crp": "< 1,0"}
        yield Sampling(at=life.moment(day, hour=15), story="bilan", values=values | blood_count(life) | lipids(life))
    yield imaging(
        life,
        day=life.chance.randrange(life.days),
        story="bilan",
        title="Échographie abdominale",
        technique="Exploration du foie, des voies biliaires, des reins, de la rate et du pancréas.",
        result="Foie de taille normale, vésicule alithiasique, reins sans dilatation.",
        conclusion="Examen normal.",
    )
    yield from renewals(life, story="bilan", drugs=("Paracétamol 1 g : à la demande",), days=160)


def imaging(life: Life, *, day: int, story: str, title: str, technique: str, result: str, conclusion: str) -> Letter:
    return Letter(
        at=life.moment(day, hour=18),
        story=story,
        type_code="18748-4",
        author="fontaine",
        title=f"Compte rendu d’imagerie : {title.lower()}",
        sections=(
            ("Indication", "À la demande du médecin traitant."),
            ("Technique", technique),
            ("Résultat", result),
            ("Conclusion", conclusion),
        ),
    )


def renewals(life: Life, *, story: str, drugs: tuple[str, ...], days: int = 56) -> Iterator[Event]:
    for day in life.every(days, jitter=3):
        yield Letter(
            at=life.moment(day, hour=10),
            story=story,
            type_code="60593-1",
            author="roche",
            title="Compte rendu de dispensation",
            sections=(
                ("Produits délivrés", "\n".join(f"– {drug}" for drug in drugs)),
                ("Remarque", "Délivrance pour 28 jours, sans substitution refusée. Pas d’interaction signalée."),
            ),
        )


def ions(life: Life) -> dict[str, float | str]:
    return {
        "sodium": life.drift("sodium", around=140, spread=2),
        "potassium": life.drift("potassium", around=4.2, spread=0.35),
    }


def kidneys(life: Life) -> dict[str, float | str]:
    creatinine = life.drift("creatinine", around=78 + max(0, life.age - 60), spread=7)
    return {"creatinine": creatinine, "dfg": max(15.0, min(120.0, 7800 / creatinine - max(0, life.age - 70) * 0.4))}


def lipids(life: Life) -> dict[str, float | str]:
    ldl, hdl = life.drift("ldl", around=3.2, spread=0.5), life.drift("hdl", around=1.3, spread=0.15)
    triglycerides = life.drift("triglycerides", around=1.4, spread=0.3)
    return {"ldl": ldl, "hdl": hdl, "triglycerides": triglycerides, "cholesterol": ldl + hdl + triglycerides / 2.2}


def blood_count(life: Life) -> dict[str, float | str]:
    return {
        "leucocytes": life.drift("leucocytes", around=6.8, spread=1),
        "hematies": life.drift("hematies", around=4.7, spread=0.2),
        "hemoglobine": life.drift("hemoglobine", around=13.8, spread=0.7),
        "vgm": life.drift("vgm", around=90, spread=2),
        "plaquettes": life.drift("plaquettes", around=245, spread=30),
    }
