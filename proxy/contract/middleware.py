"""ASGI layer that lets model calls through only if all of their body is known (`contract.fields`).

The body is read here, before the call waits for a place, so that a client that sends it slowly or not at all holds
none. LiteLLM gets the checked object, written again, and nothing of the original bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from contract.abilities import Served
from contract.answers import Asked, Checked
from contract.checking import BadRequest, check, parsed, serialised
from contract.fields import ROUTES, CallerKind, Part
from serving.asgi import Application, Receive, Scope, Send
from serving.openai_errors import refuse
from serving.request_body import BodyTooLarge, BodyTooSlow, ClientGone, ReadAlready, read_body

TIMEOUT_HEADER = b"x-litellm-timeout"
#: Seconds that a call may take. Without the header the configuration's `request_timeout` holds.
LONGEST_TIMEOUT_S = 600.0
#: Called for each refusal with the scope, the status and the seconds that the request waited.
Refused = Callable[[Scope, int, float], None]


class KnownRequests:
    """Let `application` serve a model call whose fields are known; answer 400, 408 or 413 to any other.

    `kind_of` returns the kind of the caller of a scope.
    """

    def __init__(
        self, application: Application, served: Served, kind_of: Callable[[Scope], CallerKind], refused: Refused
    ) -> None:
        self._application = application
        self._served = served
        self._kind_of = kind_of
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in ROUTES:
            await self._application(scope, receive, send)
            return
        try:
            content = await read_body(scope, receive)
            body = self._checked(content, ROUTES[scope["path"]], scope)
            content = serialised(body)
        except ClientGone:
            return
        except BodyTooLarge as error:
            await self._refuse(scope, send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error))
        except BodyTooSlow as error:
            await self._refuse(scope, send, HTTPStatus.REQUEST_TIMEOUT, str(error))
        except BadRequest as error:
            await self._refuse(scope, send, HTTPStatus.BAD_REQUEST, str(error), error.param, error.code)
        else:
            asked = Asked.of(body, checked=self._kind_of(scope) is CallerKind.TEAM)
            forwarded = {**scope, "headers": _headers(scope, len(content))}
            await self._application(forwarded, ReadAlready(content, receive), Checked.wrapping(send, asked))

    def _checked(self, content: bytes, model: type[Part], scope: Scope) -> dict[str, Any]:
        _check_timeout(dict(scope["headers"]))
        body = {
            name: value for name, value in parsed(content).items() if value is not None or name not in _nullable(model)
        }
        check(body, model, self._kind_of(scope), self._served)
        return body

    async def _refuse(
        self,
        scope: Scope,
        send: Send,
        status: HTTPStatus,
        detail: str,
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        self._refused(scope, int(status), 0.0)
        rest = [] if status == HTTPStatus.BAD_REQUEST else [(b"connection", b"close")]
        await refuse(send, status, detail, param=param, code=code, headers=rest)


def _nullable(model: type[Part]) -> frozenset[str]:
    """Return the fields for which null is the same as leaving them out, as in OpenAI's API."""
    return frozenset(name for name, field in model.model_fields.items() if not field.is_required())


def _check_timeout(headers: Mapping[bytes, bytes]) -> None:
    given = headers.get(TIMEOUT_HEADER)
    if given is None:
        return
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_TIMEOUT_S:
        name = TIMEOUT_HEADER.decode()
        raise BadRequest(f"{name!r} must be more than 0 and at most {LONGEST_TIMEOUT_S:g} seconds.", name)


def _headers(scope: Scope, length: int) -> list[tuple[bytes, bytes]]:
    replaced = (b"content-length", b"content-type", b"transfer-encoding")
    kept = [(name, value) for name, value in scope["headers"] if name not in replaced]
    return [*kept, (b"content-type", b"application/json"), (b"content-length", str(length).encode())]
