"""The routes, wired to their functions."""

from __future__ import annotations

import binascii
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header

from api import documents, problems, queries
from api.services import Caller, Services
from knowledge.defects import where
from knowledge.errors import StageError


def build_app(services: Services, logger: Logger) -> APIGatewayRestResolver:
    """The API over these services."""
    # Bearer keys are sent by the client on purpose, never by a browser on its own: any origin may call.
    cors = CORSConfig(allow_origin="*", allow_headers=["Authorization", "Content-Type", "Prefer"], max_age=600)
    app = APIGatewayRestResolver(enable_validation=True, cors=cors)
    app.use(middlewares=[_refuse_forms])
    _add_routes(app, services)
    _add_problems(app, logger)
    _add_body_problems(app)
    return app


def _refuse_forms(app: APIGatewayRestResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Powertools reads forms too; a form that happens to fit is refused like one that does not."""
    return next_middleware(app) if _carries_json(app) else problems.unsupported_media_type(_request_id(app))


def _carries_json(app: APIGatewayRestResolver) -> bool:
    media_type = str(app.current_event.headers.get("content-type") or "application/json")
    return not app.current_event.body or media_type.partition(";")[0].strip() == "application/json"


def _request_id(app: APIGatewayRestResolver) -> str:
    return str((app.current_event.raw_event.get("requestContext") or {}).get("requestId", ""))


def _add_routes(app: APIGatewayRestResolver, services: Services) -> None:
    def caller() -> Caller:
        return Caller.of(app.current_event.raw_event)

    @app.post("/v1/queries")
    def post_query(body: queries.QuestionBody, prefer: Annotated[str, Header()] = "") -> Response[Any]:
        return queries.ask(body, prefer, caller(), services)

    @app.get("/v1/queries/<query_id>")
    def get_query(query_id: UUID) -> dict[str, Any]:
        return queries.read(query_id, caller(), services)

    @app.post("/v1/documents")
    def post_document(body: documents.DocumentBody) -> Response[Any]:
        return documents.announce(body, caller(), services)

    @app.get("/v1/documents")
    def get_documents() -> dict[str, Any]:
        return documents.read_all(caller(), services)

    @app.get("/v1/documents/<document_id>")
    def get_document(document_id: UUID) -> dict[str, Any]:
        return documents.read(document_id, caller(), services)

    @app.get("/v1/health")
    def get_health() -> Response[Any]:
        return _health(services)


def _health(services: Services) -> Response[Any]:
    """200 while questions can be answered, if only degraded; 503 without the store."""
    reachable = services.health()
    status = HTTPStatus.OK if reachable["store"] else HTTPStatus.SERVICE_UNAVAILABLE
    body = {
        "status": "ok" if all(reachable.values()) else "degraded",
        "components": {name: {"status": "ok" if up else "unreachable"} for name, up in reachable.items()},
    }
    return Response(status_code=status.value, content_type="application/json", body=body)


def _add_problems(app: APIGatewayRestResolver, logger: Logger) -> None:
    def request_id() -> str:
        return _request_id(app)

    def unauthenticated(_: Exception) -> Response[str]:
        return problems.unauthenticated(request_id())

    def stage_error(error: StageError) -> Response[str]:
        logger.info("refused", error=error.name)
        return problems.from_stage_error(error, request_id())

    def no_route(_: Exception) -> Response[str]:
        detail = f"no {app.current_event.http_method} {app.current_event.path}; see docs/api.md"
        return problems.problem(HTTPStatus.NOT_FOUND, detail, request_id())

    def unexpected(error: Exception) -> Response[str]:
        if not _carries_json(app):
            return problems.unsupported_media_type(request_id())
        logger.error("unexpected", error=type(error).__name__, stack=where(error))
        detail = "An unexpected defect. Quote the request_id when you report it."
        return problems.problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail, request_id())

    app.exception_handler(problems.Unauthenticated)(unauthenticated)
    app.exception_handler(StageError)(stage_error)
    app.exception_handler(NotFoundError)(no_route)
    app.exception_handler(Exception)(unexpected)


def _add_body_problems(app: APIGatewayRestResolver) -> None:
    """Bodies that cannot be read or do not fit, found before a route is reached."""

    def refused(problem: Callable[[], Response[str]]) -> Response[str]:
        # A caller without a key gets no hint about a body that may not be sent at all.
        try:
            Caller.of(app.current_event.raw_event)
        except problems.Unauthenticated:
            return problems.unauthenticated(_request_id(app))
        return problem() if _carries_json(app) else problems.unsupported_media_type(_request_id(app))

    def invalid(error: RequestValidationError) -> Response[str]:
        return refused(lambda: problems.from_validation(list(error.errors()), _request_id(app)))

    def unreadable(_: Exception) -> Response[str]:
        detail = "The body is not JSON in UTF-8."
        return refused(lambda: problems.problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, _request_id(app)))

    app.exception_handler(RequestValidationError)(invalid)
    app.exception_handler([RequestUnsupportedContentType, binascii.Error, UnicodeDecodeError])(unreadable)
