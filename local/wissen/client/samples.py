"""The sample documents and questions in the samples folder of a checkout."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from wissen.client.errors import WissenApiError

QUESTIONS = "questions.json"
"""In the samples folder: the questions its README shows are the ones asked here."""

_KINDS = frozenset({".docx", ".pdf", ".md", ".txt"})


class SampleQuestion(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    question: str


class SamplesUnusable(WissenApiError):
    """The samples folder is not as the demo needs it."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"The samples in {folder} cannot be used: {reason}. Restore them with `git checkout samples`.")


def sample_files(folder: Path) -> list[Path]:
    """The documents at the top of the samples folder. Raises SamplesUnusable when there are none."""
    files = [path for path in sorted(folder.glob("*")) if path.suffix.lower() in _KINDS and path.stem != "README"]
    if not files:
        raise SamplesUnusable(folder, "there are no documents")
    return files


def sample_questions(folder: Path) -> list[SampleQuestion]:
    """The questions of questions.json, `[{"language", "question"}]`. Raises SamplesUnusable."""
    try:
        listed = json.loads((folder / QUESTIONS).read_text(encoding="utf-8"))
        return TypeAdapter(list[SampleQuestion]).validate_python(listed)
    except (OSError, ValueError, ValidationError) as error:
        raise SamplesUnusable(folder, f"{QUESTIONS}: {error}") from error
