"""Names for a synthetic territory: 45 % of common French surnames (the most frequent drawn more often), the rest from
syllables, each borne a few times as rare surnames are; given names by frequency.
"""

from __future__ import annotations

from random import Random

# ruff: noqa: SIM905 (lists of quoted words would be twice as long and harder to read)

SURNAMES = (
    "MARTIN BERNARD THOMAS PETIT ROBERT RICHARD DURAND DUBOIS MOREAU LAURENT SIMON MICHEL LEFEBVRE LEROY ROUX "
    "DAVID BERTRAND MOREL FOURNIER GIRARD BONNET DUPONT LAMBERT FONTAINE ROUSSEAU VINCENT MULLER LEFEVRE FAURE "
    "ANDRE MERCIER BLANC GUERIN BOYER GARNIER CHEVALIER FRANCOIS LEGRAND GAUTHIER GARCIA PERRIN ROBIN CLEMENT "
    "MORIN NICOLAS HENRY ROUSSEL MATHIEU GAUTIER MASSON MARCHAND DUVAL DENIS DUMONT MARIE LEMAIRE NOEL MEYER "
    "DUFOUR MEUNIER BRUN BLANCHARD GIRAUD JOLY RIVIERE LUCAS BRUNET GAILLARD BARBIER ARNAUD MARTINEZ GERARD ROCHE "
    "RENARD SCHMITT ROY LEROUX COLIN VIDAL CARON PICARD ROGER FABRE AUBERT LEMOINE RENAUD DUMAS LACROIX OLIVIER "
    "PHILIPPE BOURGEOIS PIERRE BENOIT REY LECLERC PAYET ROLLAND LECLERCQ GUILLAUME LECOMTE LOPEZ JEAN DUPUY "
    "GUILLOT HUBERT BERGER CARPENTIER SANCHEZ DUPUIS MOULIN LOUIS DESCHAMPS HUET VASSEUR PEREZ BOUCHER FLEURY "
    "ROYER KLEIN JACQUET ADAM PARIS POIRIER MARTY AUBRY GUYOT CARRE CHARLES RENAULT CHARPENTIER MENARD MAILLARD "
    "BARON BERTIN BAILLY HERVE SCHNEIDER FERNANDEZ LEGALL COLLET LEGER BOUVIER JULIEN PREVOST MILLET PERROT "
    "DANIEL COUSIN GERMAIN BRETON BESSON LANGLOIS REMY PELLETIER LEVEQUE PERRIER LEBLANC BARRE LEBRUN MARCHAL "
    "WEBER MALLET HAMON BOULANGER JACOB MONNIER MICHAUD RODRIGUEZ GUICHARD GILLET ETIENNE GRONDIN POULAIN TESSIER "
    "CHEVALLIER COLLIN CHAUVIN BOUCHET GAY LEMAITRE BENARD MARECHAL HUMBERT REYNAUD ANTOINE HOARAU PERRET "
    "BARTHELEMY CORDIER PICHON LEJEUNE GILBERT LAMY DELAUNAY PASQUIER CARLIER LAPORTE "
).split()
WOMEN = (
    "MARIE NATHALIE ISABELLE SYLVIE CATHERINE MARTINE CHRISTINE FRANCOISE VALERIE SANDRINE STEPHANIE VERONIQUE "
    "SOPHIE CELINE CHANTAL PATRICIA ANNE BRIGITTE JULIE MONIQUE AURELIE NICOLE LAURENCE ANNIE EMILIE DOMINIQUE "
    "VIRGINIE CORINNE ELODIE CAMILLE CAROLINE LAURA MARION FLORENCE SANDRA CLAIRE EMMA LEA MANON SARAH PAULINE "
    "MELANIE AUDREY JACQUELINE ODILE JEANNE LUCIE CHLOE MATHILDE AMELIE JOSIANE COLETTE DANIELLE MICHELE "
    "ANNE-MARIE MARIE-CHRISTINE CLAUDINE BERNADETTE CECILE KARINE ALICE INES LOUISE JADE LINA ROSE EVA ZOE AGNES "
    "HELENE EVELYNE GISELE YVETTE GENEVIEVE PAULETTE SIMONE DENISE MADELEINE SUZANNE "
).split()
MEN = (
    "JEAN PIERRE MICHEL PHILIPPE ALAIN NICOLAS CHRISTOPHE PATRICK DANIEL CHRISTIAN BERNARD FREDERIC LAURENT ERIC "
    "STEPHANE THOMAS DAVID PASCAL OLIVIER JULIEN GERARD DIDIER JACQUES THIERRY ALEXANDRE SEBASTIEN ANDRE BRUNO "
    "FRANCOIS CLAUDE DOMINIQUE MARC ROMAIN VINCENT MAXIME KEVIN ANTHONY GUILLAUME JEROME PAUL ANTOINE HUGO LUCAS "
    "LOUIS ROBERT RENE MARCEL ROGER GILLES MATHIEU FABRICE CEDRIC BENJAMIN QUENTIN THEO ENZO MOHAMED KARIM "
    "JEAN-PIERRE JEAN-CLAUDE JEAN-LUC JEAN-MARC JEAN-PAUL JEAN-FRANCOIS GABRIEL RAPHAEL ARTHUR JULES ADAM NATHAN "
    "LEO YVES GUY HENRI GEORGES MAURICE SERGE RAYMOND LUCIEN FERNAND EMILE SIMON "
).split()
ONSETS = "B BR C CH CL D DR F FL G GR H J L M N P PL QU R S ST T TR V".split()
VOWELS = "A AI AU E EAU EI EU I O OI OU U".split()
CODAS = ["", "", "", "L", "N", "R", "S", "T", "X", "ND", "RD", "LLE", "TTE", "NNE"]


class Draw:
    """The same seed gives the same people."""

    def __init__(self, seed: int, patients: int) -> None:
        self.chance = Random(seed)
        self.rare = [self._syllables() for _ in range(max(patients // 6, 10))]

    def _syllables(self) -> str:
        count = self.chance.choice((2, 2, 3))
        stem = "".join(self.chance.choice(ONSETS) + self.chance.choice(VOWELS) for _ in range(count))
        return stem + self.chance.choice(CODAS)

    def surname(self) -> str:
        if self.chance.random() < 0.45:
            rank = int(len(SURNAMES) * self.chance.random() ** 1.5)  # the first ones are the commonest
            return SURNAMES[rank]
        return self.chance.choice(self.rare)

    def given(self, sex: str) -> list[str]:
        names = WOMEN if sex == "F" else MEN
        first = names[int(len(names) * self.chance.random() ** 1.5)]
        others = self.chance.sample(names, k=self.chance.choice((0, 0, 1, 2)))
        return [first, *(other for other in others if other != first)]

    def typo(self, word: str) -> str:
        """One letter left out, added, changed, or two neighbours swapped; never the same word."""
        place, letter = self.chance.randrange(len(word)), self.chance.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        kind = self.chance.randrange(4)
        wrong = (
            word[:place] + word[place + 1 :],
            word[:place] + letter + word[place:],
            word[:place] + letter + word[place + 1 :],
            word[:place] + word[place + 1 : place + 2] + word[place] + word[place + 2 :],
        )[kind]
        return wrong if wrong != word and len(wrong) > 1 else self.typo(word)
