"""The examination of a delegated act: the tree of the protocol asked question by question, on the answers of a
questionnaire and on what the record knows. It says where the protocol leads; who acts confirms.

What the record heard of a former injury does not answer for today's: only the answers of this act are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from maillon.forms import api as forms
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.pathways import tree
from maillon.pathways.cooperation_states import CallOutcome
from maillon.pathways.definition import Node, Protocol
from maillon.pathways.models import DelegatedAct
from maillon.pathways.tree import Passed
from maillon.questions.api import Expression, Fact, Kind, Subject, read_question, reads, subject_of

_SAID: Final = {True: "oui", False: "non", None: "inconnu"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """`passed`: the nodes behind, the last of which is where one stands. `asks`: the codes of the questions that this
    node needs; `awaits`: of those that may be answered later, at an issue. `view`: None for whoever may not read a
    draft."""

    passed: tuple[Passed, ...]
    asks: tuple[str, ...]
    awaits: tuple[str, ...]
    subject: Subject
    view: forms.ResponseView | None

    @property
    def node(self) -> Node:
        return self.passed[-1].node

    @property
    def is_at_issue(self) -> bool:
        return bool(self.node.issue) and not self.asks

    def path(self) -> list[dict[str, Any]]:
        """As the act keeps it: the nodes that were answered, and the end."""
        behind = self.passed[:-1] if self.asks else self.passed
        return [
            {
                "noeud": each.node.id, "dit": each.node.dire, "parce_que": list(each.because),
                "reponse": _SAID[each.truth] if each.node.si is not None else "",
            }
            for each in behind
        ]  # fmt: skip


def form_of(protocol: Protocol) -> str:
    """The questionnaire that the tree reads; empty when it reads the record alone."""
    said = [code for node in protocol.arbre if node.si for kind, code in reads(node.si.asked) if kind is Kind.ANSWER]
    return said[0].partition("/")[0] if said else ""


def begin(access: Access, act: DelegatedAct, protocol: Protocol) -> None:
    """The draft of its answers, the delegate's own."""
    if form := form_of(protocol):
        act.response_uuid = forms.begin(access, form, origin=f"acte:{act.uuid}")


def examine(access: Access, act: DelegatedAct, protocol: Protocol) -> Examination:
    """Where the answers lead today. Raises AccessDenied when the draft is somebody else's."""
    form = form_of(protocol)
    view = forms.read(access, act.response_uuid) if act.response_uuid is not None else None
    subject = _subject(access, act, form, view)
    waiting: list[str] = []

    def waits(node: Node) -> bool:
        waiting[:] = _lacking(node, form, view)
        return bool(waiting)

    passed = _walked(act, protocol.arbre, subject, waits)
    asks = tuple(waiting) if passed[-1].node.si is not None else ()
    last_asked = next((each.node for each in reversed(passed) if each.node.si is not None), None)
    awaits = () if asks or last_asked is None else tuple(_lacking(last_asked, form, view, among_all=True))
    return Examination(passed=passed, asks=asks, awaits=awaits, subject=subject, view=view)


def _walked(act: DelegatedAct, nodes: Sequence[Node], subject: Subject, waits: Any) -> tuple[Passed, ...]:
    """Beyond a call, once a delegating physician has said that the delegate goes on."""
    answered = set(act.calls.filter(outcome=CallOutcome.GOES_ON).values_list("node", flat=True))
    found = tree.walk(nodes, subject, today=clock.today(), waits=waits)
    passed = found.passed
    while passed[-1].node.appel and passed[-1].node.id in answered:
        more = tree.walk(nodes, subject, today=clock.today(), waits=waits, start=passed[-1].node.suite)
        passed = (*passed, *more.passed)
    return passed


def _lacking(
    node: Node, form: str, view: forms.ResponseView | None, *, among_all: bool = False
) -> list[str]:
    """Questions that the node reads, stand, and have no answer; the optional ones as well with `among_all`. Before
    anything is asked, all that it reads."""
    if node.si is None:
        return []
    if view is None:
        return [code for kind, code in reads(node.si.asked) if kind is Kind.ANSWER and code.startswith(f"{form}/")]
    lines = view.sheet.lines
    codes = tuple(_leaves(node.si.asked, form, view.asked)) if among_all else questions_of(node, form, view)
    return [
        code
        for code in codes
        if lines[code].stands and lines[code].value is None and (among_all or lines[code].question.obligatoire)
    ]


def questions_of(node: Node, form: str, view: forms.ResponseView) -> tuple[str, ...]:
    """Those that stand, answered or not, with the rest of their groups: the questionnaire is signed whole."""
    if node.si is None:
        return ()
    read = set(_leaves(node.si.asked, form, view.asked))
    groups = [group.questions for group in view.asked.groupes if read & {each.code for each in group.questions}]
    return tuple(
        each.code for group in groups for each in group if each.is_answered and view.sheet.lines[each.code].stands
    )


def _leaves(asked: Expression, form: str, sheet: forms.Questionnaire) -> Iterator[str]:
    """The questions that somebody answers, behind those that are calculated; in the order of the questionnaire."""
    wanted: set[str] = set()
    answers = (code for kind, code in reads(asked) if kind is Kind.ANSWER and code.startswith(f"{form}/"))
    left = [code.partition("/")[2] for code in answers]
    by_code = {each.code: each for each in sheet.questions()}
    while left:
        question = by_code.get(left.pop().partition("/")[0])
        if question is None or question.code in wanted:
            continue
        wanted.add(question.code)
        if question.calcul is not None:
            left += question.calcul.reads
            if question.calcul.si:
                left += [code.partition("/")[2] for _, code in reads(read_question(question.calcul.si))]
    for question in sheet.questions():
        if question.code in wanted and question.is_answered:
            yield question.code


def _subject(access: Access, act: DelegatedAct, form: str, view: forms.ResponseView | None) -> Subject:
    known = subject_of(access, parameters={name: Decimal(value) for name, value in act.plan.parameters.items()})
    before = [each for each in known.facts if each.kind is not Kind.ANSWER or not each.code.startswith(f"{form}/")]
    return replace(known, facts=(*before, *(_facts(form, view) if view is not None else ())))


def _facts(form: str, view: forms.ResponseView) -> Iterator[Fact]:
    now = clock.now()
    for number, line in enumerate(view.sheet.standing, 1):
        if line.value is not None:
            yield Fact(
                id=-number, kind=Kind.ANSWER, code=f"{form}/{line.question.code}", at=now, value=line.value.number,
                text=line.value.text, unit=line.question.unite, label=line.question.texte,
            )  # fmt: skip
