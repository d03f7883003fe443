"""The routes, wired to their functions."""

from __future__ import annotations

import binascii
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import unquote
from uuid import UUID

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query

from api import conversations, documents, feedback, graph, problems, queries, records
from api.services import Caller, Services
from knowledge.errors import StageError
from knowledge.tracebacks import safe_traceback

#: What a page elsewhere may send.
_HEADERS = ["Authorization", "Content-Type", "Prefer", "Cache-Control"]

_DocumentId = Annotated[UUID, Path(description="A document's id.")]
_QueryId = Annotated[UUID, Path(description="A question's id.")]
_ConversationId = Annotated[UUID, Path(description="A conversation's id.")]
# Bounds that the routes check themselves are stated for the description only: their problems say more.
_SectionNumber = Annotated[int, Path(description="Sections count from 1.", json_schema_extra={"minimum": 1})]
_AnyControlId = Annotated[str, Path(description="A control's id, however it is written.")]
_Control = Annotated[str, Query(description="A control's id, however it is written.")]
_After = Annotated[UUID | None, Query(description="The id that the page before named as `next`.")]
_NewEmbedding = Annotated[bool, Query(description="The run may change the organisation's embedding model.")]
_From = Annotated[
    int, Query(alias="from", description="The first character, from 0.", json_schema_extra={"minimum": 0})
]
_To = Annotated[
    int,
    Query(
        description="The character behind the last one, at most 50,000 after `from`.", json_schema_extra={"minimum": 1}
    ),
]
_Prefer = Annotated[str, Header(description="`wait=N` holds the request open for up to N seconds, 25 at most.")]
_CacheControl = Annotated[
    str, Header(alias="Cache-Control", description="`no-cache` asks for an answer that is made now.")
]


def build_app(
    services: Services, logger: Logger, resolver: type[APIGatewayRestResolver] = APIGatewayRestResolver
) -> APIGatewayRestResolver:
    """The API over these services. Another resolver may describe the routes (api.openapi)."""
    # Bearer keys are sent by the client on purpose, never by a browser on its own: any origin may call.
    cors = CORSConfig(allow_origin="*", allow_headers=_HEADERS, max_age=600)
    app = resolver(enable_validation=True, cors=cors)
    app.use(middlewares=[_refuse_forms])
    _add_asking_routes(app, services)
    _add_document_routes(app, services)
    _add_marked_passage_routes(app, services)
    _add_reading_routes(app, services)
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


def _add_document_routes(app: APIGatewayRestResolver, services: Services) -> None:
    def caller() -> Caller:
        return Caller.of(app.current_event.raw_event)

    @app.post("/v1/documents")
    def post_document(body: documents.DocumentBody) -> Response[Any]:
        return documents.announce(body, caller(), services)

    @app.get("/v1/documents")
    def get_documents(after: _After = None) -> dict[str, Any]:
        return documents.read_all(after, caller(), services)

    @app.get("/v1/documents/<document_id>")
    def get_document(document_id: _DocumentId) -> dict[str, Any]:
        return documents.read(document_id, caller(), services)

    @app.patch("/v1/documents/<document_id>")
    def patch_document(document_id: _DocumentId, body: documents.CorrectionBody) -> Response[Any]:
        return documents.correct_type(document_id, body, caller(), services)

    @app.delete("/v1/documents/<document_id>")
    def delete_document(document_id: _DocumentId) -> Response[Any]:
        return documents.delete(document_id, caller(), services)

    @app.post("/v1/documents/<document_id>/reprocess")
    def post_reprocess(document_id: _DocumentId, new_embedding: _NewEmbedding = False) -> Response[Any]:
        return documents.reprocess(document_id, new_embedding, caller(), services)

    @app.get("/v1/health")
    def get_health() -> Response[Any]:
        return _health(services)


def _add_marked_passage_routes(app: APIGatewayRestResolver, services: Services) -> None:
    def caller() -> Caller:
        return Caller.of(app.current_event.raw_event)

    @app.get("/v1/documents/<document_id>/marked")
    def get_marked(document_id: _DocumentId) -> dict[str, Any]:
        return documents.read_marked(document_id, caller(), services)

    @app.post("/v1/documents/<document_id>/release")
    def post_release(document_id: _DocumentId, body: documents.ReleaseBody) -> dict[str, Any]:
        return documents.release(document_id, body, caller(), services)


def _add_reading_routes(app: APIGatewayRestResolver, services: Services) -> None:
    def caller() -> Caller:
        return Caller.of(app.current_event.raw_event)

    @app.get("/v1/documents/<document_id>/text")
    def get_text(document_id: _DocumentId, from_: _From, to: _To) -> dict[str, Any]:
        return documents.read_text(document_id, from_, to, caller(), services)

    @app.get("/v1/documents/<document_id>/sections/<number>")
    def get_section(document_id: _DocumentId, number: _SectionNumber) -> dict[str, Any]:
        return documents.read_section(document_id, number, caller(), services)

    @app.get("/v1/documents/<document_id>/controls")
    def get_controls(document_id: _DocumentId) -> dict[str, Any]:
        return graph.controls_of(document_id, caller(), services)

    @app.get("/v1/documents/<document_id>/entities")
    def get_entities(document_id: _DocumentId) -> dict[str, Any]:
        return graph.entities_of(document_id, caller(), services)

    @app.get("/v1/documents/<document_id>/relations")
    def get_relations(document_id: _DocumentId) -> dict[str, Any]:
        return graph.relations_of(document_id, caller(), services)

    @app.get("/v1/controls/<control_id>")
    def get_control(control_id: _AnyControlId) -> dict[str, Any]:
        return graph.control(unquote(control_id), caller(), services)

    @app.get("/v1/graph")
    def get_graph(control: _Control) -> dict[str, Any]:
        return graph.around(control, caller(), services)

    @app.get("/v1/mappings")
    def get_mappings() -> dict[str, Any]:
        return graph.mappings(caller(), services)


def _add_asking_routes(app: APIGatewayRestResolver, services: Services) -> None:
    def caller() -> Caller:
        return Caller.of(app.current_event.raw_event)

    @app.post("/v1/queries")
    def post_query(
        body: queries.QuestionBody,
        prefer: _Prefer = "",
        cache_control: _CacheControl = "",
    ) -> Response[Any]:
        return queries.ask(body, prefer, cache_control, caller(), services)

    @app.get("/v1/queries/<query_id>")
    def get_query(query_id: _QueryId) -> dict[str, Any]:
        return queries.read(query_id, caller(), services)

    @app.get("/v1/queries/<query_id>/record")
    def get_record(query_id: _QueryId) -> dict[str, Any]:
        return records.read(query_id, caller(), services)

    @app.post("/v1/conversations")
    def post_conversation() -> Response[Any]:
        return conversations.create(caller(), services)

    @app.get("/v1/conversations/<conversation_id>")
    def get_conversation(conversation_id: _ConversationId) -> dict[str, Any]:
        return conversations.read(conversation_id, caller(), services)

    @app.delete("/v1/conversations/<conversation_id>")
    def delete_conversation(conversation_id: _ConversationId) -> Response[Any]:
        return conversations.delete(conversation_id, caller(), services)

    @app.post("/v1/feedback")
    def post_feedback(body: feedback.FeedbackBody) -> dict[str, Any]:
        return feedback.rate(body, caller(), services)


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
        logger.error("unexpected", error=type(error).__name__, stack=safe_traceback(error))
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
