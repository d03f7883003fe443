"""LiteLLM guardrail on requests: `screening.injections` and `screening.personal_data`.

Environment, each one of the modes below:
WISSEN_INJECTION   off | mark | block          default mark
WISSEN_PII         off | mark | mask | block   default off with the offline provider, mark with real ones

`mark` changes nothing and notes the kind in the request log. `block` answers 400. `mask` replaces personal data by its
kind before the provider sees it. Nothing of the text is kept in any of them.

Reasons for the defaults. A pattern also matches a question about injections, or a document that quotes one. So a match
is noted, and the checks of the answer decide. Masking is off with the offline provider because nothing leaves the
machine, and because quotes must equal their source to the character, which is impossible for a masked passage.
"""

from __future__ import annotations

import os
from typing import Any

from fastapi import HTTPException  # type: ignore[import-not-found]
from litellm.integrations.custom_guardrail import CustomGuardrail  # type: ignore[import-not-found]

from request_log.call_rows import MARKS
from screening.request_screening import Modes, Screening

OFFLINE_CONFIG = "offline"


class Screen(CustomGuardrail):  # type: ignore[misc]
    """Looks at the texts of a chat or embedding request before it goes to a provider."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        offline = OFFLINE_CONFIG in os.path.basename(os.environ.get("CONFIG_FILE_PATH", ""))
        self._screening = Screening(Modes.read(os.environ, offline=offline))

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> Any:
        """Mark, mask or refuse `data` (400). The request's own claims about marks are discarded."""
        found = self._screening.screen(data)
        metadata = data.get("metadata")
        data["metadata"] = {**(metadata if isinstance(metadata, dict) else {}), MARKS: list(found.marks)}
        if found.refused:
            raise HTTPException(
                status_code=400,
                detail={
                    "error": f"The request was refused by a guardrail: {', '.join(found.refused)}.",
                    "type": "ContentPolicyViolationError",
                },
            )
        return data
