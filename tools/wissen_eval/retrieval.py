"""Part `retrieval`: whether what was found for a question is what answers it, beside two simpler ways of finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wissen.client.records import FoundPassage
from wissen_eval import scores
from wissen_eval.corpus import Corpus
from wissen_eval.dataset import Row
from wissen_eval.part import Part
from wissen_eval.scores import Ranked
from wissen_eval.session import BASELINES, Asked, Session

if TYPE_CHECKING:
    from wissen_eval.text_rules import TextRules

NAME = "retrieval"
_REFUSED = 422
_KIND = re.compile(r"\s*\(.*")
"""`expert set (row 12)` and `expert set (row 13)` are one origin."""


def _run(session: Session) -> dict[str, Any]:
    asked = session.questions
    others = {strategy: _baseline(session, strategy) for strategy in BASELINES}
    rows = session.data.key("questions")
    ranked = _ranked(rows, asked, session)
    for row, one, answer in zip(rows, ranked, asked, strict=True):
        if one is not None:
            _note(session, row, one, answer)
    judged = [(row, one) for row, one in zip(rows, ranked, strict=True) if one is not None]
    crossing = [one for row, one in judged if row.get("cross_lingual")]
    return {
        "all": scores.ranking([one for _, one in judged]),
        "by_language": scores.ranking_by((str(row.get("language")), one) for row, one in judged),
        "by_intent": scores.ranking_by((str(row.get("intent")), one) for row, one in judged),
        "by_origin": scores.ranking_by((_KIND.sub("", str(row.get("origin"))), one) for row, one in judged),
        "cross_lingual": scores.ranking(crossing),
        "baselines": {
            strategy: scores.ranking([one for one in _ranked(rows, found, session) if one is not None])
            for strategy, found in others.items()
            if found is not None
        },
    }


def _baseline(session: Session, strategy: str) -> list[Asked] | None:
    """The questions asked with a simpler way of finding; None where the deployment does not offer it."""
    from wissen.client.errors import ApiProblem  # noqa: PLC0415

    try:
        session.client.ask("?", strategy=strategy)
    except ApiProblem as error:
        if error.status != _REFUSED:
            raise
        session.say(f"{NAME}: this deployment has no strategy {strategy!r}; the baseline is left out")
        return None
    return session.ask_questions(strategy)


def _ranked(rows: Sequence[Row], asked: Sequence[Asked], session: Session) -> list[Ranked | None]:
    """None for a question that nothing answers, or for which nobody said what does."""
    return [
        ranked(row, one.answer.passages if one.answer else [], session.corpus, session.rules)
        if row.get("answerable", True) and (row.get("relevant_control_ids") or row.get("relevant_documents"))
        else None
        for row, one in zip(rows, asked, strict=True)
    ]


def ranked(row: Row, passages: Sequence[FoundPassage], corpus: Corpus, rules: TextRules) -> Ranked:
    """A question's passages, judged.

    Where the row names controls, a passage is relevant when its control is one of them (or of
    `relevant_control_ids_alt`) and its document one of those that the row names. Where it names none, a passage is
    relevant when its document is (`also_acceptable_documents` too).
    """
    controls = {rules.control_key(one) for one in row.get("relevant_control_ids") or ()}
    others = {rules.control_key(one) for one in _flat(row.get("relevant_control_ids_alt"))}
    documents = set(row.get("relevant_documents") or ())
    allowed = documents | set(row.get("also_acceptable_documents") or ())
    found: list[str | None] = []
    for passage in passages[: max(scores.DEPTHS)]:
        path = corpus.path(passage.document_id)
        key = rules.control_key(passage.control_id) if passage.control_id else None
        in_place = path in allowed if allowed else True
        thing = key if controls or others else path
        wanted = key in controls | others if controls or others else True
        found.append(thing if in_place and wanted else None)
    return Ranked(tuple(found), len(controls or others or documents))


def _flat(value: Any) -> list[str]:
    """Alternatives come as a list of ids, a list of lists, or ids by id."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [one for item in value.values() for one in _flat(item)]
    return [one for item in value or () for one in _flat(item)]


def _note(session: Session, row: Row, one: Ranked, asked: Asked) -> None:
    passages = asked.answer.passages if asked.answer else []
    first = next((rank for rank, thing in enumerate(one.found, start=1) if thing is not None), None)
    session.details.note(
        NAME,
        one.hit(5),
        id=row.get("id"),
        question=row["question"],
        intent=row.get("intent"),
        language=row.get("language"),
        expected=row.get("relevant_control_ids") or row.get("relevant_documents"),
        first_rank=first,
        found=[f"{session.corpus.path(passage.document_id)} {passage.control_id or '-'}" for passage in passages],
        outcome=asked.outcome,
        found_intent=asked.answer.intent if asked.answer else None,
    )


PART = Part(NAME, ("questions", "manifest"), _run)
