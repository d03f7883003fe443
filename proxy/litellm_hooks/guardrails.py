"""LiteLLM guardrail on requests and answers: `screening.policies` states the modes and their defaults.

`mark` changes nothing and notes the kind in the request log. `block` answers 400. `mask` replaces personal data by
placeholders before the provider sees it; `restoring` turns them back in the answer. Nothing of the text is kept.

Reasons for the defaults. An order to the model from outside is refused. What the functions send has been judged by them
(questions at the API, documents when they come in) and is marked. Personal data is masked where it would leave the
machine. A screen that does not end in time refuses the request (503): nothing passes that nobody looked at.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any

from fastapi import HTTPException  # type: ignore[import-not-found]
from litellm.integrations.custom_guardrail import CustomGuardrail  # type: ignore[import-not-found]
from litellm.integrations.custom_logger import CustomLogger  # type: ignore[import-not-found]

from grammar.screening.content import topics_of
from request_log.call_rows import CALLER, MARKS
from screening.policies import Modes, Policies
from screening.pool import NotScreened, ScreeningPool
from screening.request_screening import SCREENED, Found, TooLong, given_metadata, measured, screen_fields
from screening.restoring import AnswerStream, OpenCalls, restore_answer

OFFLINE_CONFIG = "offline"
_open_calls = OpenCalls()


def _policies() -> Policies:
    offline = OFFLINE_CONFIG in os.path.basename(os.environ.get("CONFIG_FILE_PATH", ""))
    return Policies.read(os.environ, offline=offline)


class Screen(CustomGuardrail):  # type: ignore[misc]
    """Looks at the texts of a chat or embedding request before it goes to a provider."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._policies = _policies()
        self._pool = ScreeningPool()

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> Any:
        """Mark, mask or refuse `data` (400, 413, 503). The request's own claims about marks are discarded."""
        modes = _modes(self._policies, user_api_key_dict, data)
        fields = {name: data[name] for name in SCREENED if name != "metadata" and name in data}
        given = given_metadata(data)
        found = Found()
        try:
            if not modes.all_off:
                size = measured(data)
                found, screened = await self._pool.run(size, screen_fields, modes, {**fields, "metadata": given})
                data.update({name: value for name, value in screened.items() if name in fields})
        except TooLong as error:
            raise _refusal(413, str(error)) from error
        except NotScreened as error:
            raise _refusal(503, str(error)) from error
        metadata = data.get("metadata")
        data["metadata"] = {**(metadata if isinstance(metadata, dict) else {}), MARKS: list(found.marks)}
        if found.refused:
            raise _refusal(400, f"The request was refused by a guardrail: {', '.join(found.refused)}.")
        _open_calls.add(str(data.get("litellm_call_id")), found.placeholders)
        return data


class Restore(CustomLogger):  # type: ignore[misc]
    """Turns placeholders back in answers, and refuses answers on topics that the policy blocks."""

    def __init__(self) -> None:
        super().__init__()
        self._policies = _policies()

    async def async_post_call_success_hook(self, data: dict[str, Any], user_api_key_dict: Any, response: Any) -> Any:
        """Restore a whole answer. Refuses it (400) for a blocked topic."""
        if _modes(self._policies, user_api_key_dict, data).content == "block":
            texts = [str(getattr(choice.message, "content", "")) for choice in getattr(response, "choices", None) or []]
            topics = topics_of(" ".join(texts))
            if topics:
                raise _refusal(400, f"The answer was refused by a guardrail: {', '.join(topics)}.")
        placeholders = _open_calls.take(str(data.get("litellm_call_id")))
        if placeholders is not None:
            restore_answer(response, placeholders)
        return response

    async def async_post_call_streaming_iterator_hook(
        self, user_api_key_dict: Any, response: Any, request_data: dict[str, Any]
    ) -> AsyncIterator[Any]:
        """Restore an answer piece by piece."""
        placeholders = _open_calls.take(str(request_data.get("litellm_call_id")))
        stream = AnswerStream(placeholders) if placeholders is not None else None
        async for chunk in response:
            if stream is not None:
                stream.restore(chunk)
            yield chunk

    async def async_post_call_failure_hook(self, request_data: dict[str, Any], *_: Any, **__: Any) -> None:
        """Forget the placeholders of a call that failed."""
        _open_calls.take(str(request_data.get("litellm_call_id")))


def _modes(policies: Policies, caller: Any, data: dict[str, Any]) -> Modes:
    owner = (getattr(caller, "metadata", None) or {}).get(CALLER) or {}
    service = not owner.get("key_id")
    metadata = data.get("metadata")
    named = (metadata if isinstance(metadata, dict) else {}).get("org_id") if service else owner.get("org_id")
    return policies.for_caller(str(named) if named else None, service=service)


def _refusal(status: int, message: str) -> HTTPException:
    kind = {400: "ContentPolicyViolationError", 413: "RequestTooLarge", 503: "ServiceUnavailable"}[status]
    headers = {"Retry-After": "2"} if status == 503 else None
    return HTTPException(status_code=status, detail={"error": message, "type": kind}, headers=headers)


restore = Restore()
