"""The one small language in which protocols, alerts, registries and indicators ask a record something.

`âge >= 18 et diagnostic("E11*") et au_moins(2, résultat("4548-4") depuis 12 mois)`

Always true:
- Three values: vrai, faux, inconnu. What is not in the record is inconnu, and inconnu never counts as normal.
- The same question asked of one record in Python, which is the reference, and of everybody in SQL has one answer.
- An answer can say what it rests on: which facts, of which day.
- Nothing here reads a base or knows the time: facts and the day are given.
"""
