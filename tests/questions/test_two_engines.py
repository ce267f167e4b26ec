"""One question, two engines, one answer: Python on each record, SQL on everybody."""

from __future__ import annotations

import os
import random
from collections import Counter

from maillon.questions.api import answer, read_question, sql_of
from tests.questions.drawing import TODAY, draw_question, draw_subject
from tests.questions.extract import extract

QUESTIONS = int(os.environ.get("MAILLON_QUESTIONS", "500"))
PEOPLE = 200


def test_both_engines_agree_on_random_questions_and_records() -> None:
    rng = random.Random(int(os.environ.get("MAILLON_SEED", "20261128")))
    people = {key: draw_subject(rng) for key in range(1, PEOPLE + 1)}
    base = extract(people)
    seen: Counter[bool | None] = Counter()
    for _ in range(QUESTIONS):
        text = draw_question(rng)
        question = read_question(text)
        everybody = dict(base.execute(sql_of(question, today=TODAY)).fetchall())
        for key, person in people.items():
            one = answer(question, person, today=TODAY).truth
            assert one is everybody[key], f"{text}\n{person}\nPython: {one}, SQL: {everybody[key]}"
            seen[one] += 1
    print(f"\n{QUESTIONS} questions × {PEOPLE} people: {dict(seen)}")
    assert min(seen[True], seen[False], seen[None]) > QUESTIONS * PEOPLE / 20, "the draw leaves out an answer"
