"""The quotes of a deleted document go out of the answers that cite it, whoever asked."""

from __future__ import annotations

from uuid import UUID

from tests.fakes.store.memory import Memory, StoredQuestion


def withdraw_quotes(memory: Memory, org_id: UUID, document_id: UUID) -> None:
    for question in memory.questions.values():
        if question.org_id == org_id:
            _withdraw(question, document_id)


def _withdraw(question: StoredQuestion, document_id: UUID) -> None:
    passages, answer = question.record.passages, question.record.answer
    named = any(passage.document_id == document_id for passage in passages or ())
    if named:  # a draft may quote what its answer does not
        question.change(draft=None)
    if answer is None:
        return
    if any(citation.document_id == document_id for citation in answer.citations) or (named and not answer.found):
        emptied = {"answer": "", "citations": (), "found": False, "follow_ups": (), "changes": ()}
        question.change(draft=None, passages=None, answer=answer.model_copy(update=emptied))
        question.withdrawn = True
    elif named:
        question.change(answer=answer.model_copy(update={"follow_ups": (), "changes": ()}))
