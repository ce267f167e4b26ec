"""Questionnaires: what a team asks, of itself or of the patient, and what was answered.

Who may come in: rooms above, with a key. A questionnaire is content (`content/questionnaires`): groups, questions,
conditions, calculated items. `asking` is its whole meaning, without a base: which questions stand, what is missing,
what is calculated.

Always true:
- Nothing typed is lost: a draft keeps every text as it was typed, right or wrong, asked any more or not.
- A signed response points to the very definition that was on the screen, kept once; neither is ever rewritten. A
  correction is a new response that replaces it.
- What is missing is inconnu: it counts in no score as a good answer nor as a bad one.
- A draft is its author's alone. Signed, the answers enter the record and follow the law of their type of document.
"""
