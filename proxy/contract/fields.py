"""THE TABLE of request fields: whatever is not here is refused with 400 and its name.

`ChatRequest` is the body of /chat/completions, `EmbeddingRequest` that of /embeddings. They are OpenAI's fields as
far as this gateway obeys them; `MOST_TOKENS` and `METADATA` differ by kind of caller. docs/llm-errors.md has the
same table for readers (tests/unit/proxy/contract/test_fields.py compares them). A new field needs a row there, a
look at LiteLLM's use of it, and an entry in `contract.abilities` for the providers that cannot obey it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag


class CallerKind(StrEnum):
    """The functions have the service key, teams have model keys."""

    SERVICE = "service"
    TEAM = "team"


#: The longest answer that a caller may ask for, in tokens.
MOST_TOKENS: Mapping[CallerKind, int] = {CallerKind.SERVICE: 65_536, CallerKind.TEAM: 32_768}
#: The names in `metadata`. The functions say whom a call is charged to; a team's key says that for its team.
METADATA: Mapping[CallerKind, frozenset[str]] = {
    CallerKind.SERVICE: frozenset({"purpose", "organisation", "team", "user", "query", "input_type"}),
    CallerKind.TEAM: frozenset({"purpose", "input_type"}),
}
MOST_MESSAGES, MOST_PARTS, MOST_TOOLS = 512, 64, 64
MOST_CHOICES, MOST_STOPS = 4, 4
MOST_TEXTS = 256
#: A picture is part of the request; nothing fetches one. Bytes after base64.
LARGEST_IMAGE = 5 * 1024 * 1024
_IMAGE = r"^data:image/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}$"

#: The type of pydantic's error for an object of a kind that is not known, before the name of the field that says it.
UNKNOWN_KIND = "unknown_"

Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(min_length=1)]


class Part(BaseModel):
    """A JSON object of the API: no field but those stated, no conversion of types, no input in messages."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


def told_by(name: str, *values: str) -> Discriminator:
    """Return the choice among kinds of objects by their field `name`.

    The tags are no names of fields, so that the place of a fault can be told from the kind of object.
    """

    def tag(value: Any) -> str | None:
        kind = value.get(name) if isinstance(value, dict) else None
        return f"<{'system' if kind == 'developer' else kind}>"

    return Discriminator(
        tag,
        custom_error_type=UNKNOWN_KIND + name,
        custom_error_message=f"must be one of {', '.join(values)}",
    )


class TextPart(Part):
    type: Literal["text"]
    text: str


class ImageUrl(Part):
    url: Annotated[str, StringConstraints(max_length=LARGEST_IMAGE * 4 // 3 + 64, pattern=_IMAGE)]
    detail: Literal["auto", "low", "high"] | None = None


class ImagePart(Part):
    type: Literal["image_url"]
    image_url: ImageUrl


TextParts = Annotated[list[TextPart], Field(min_length=1, max_length=MOST_PARTS)]
UserPart = Annotated[
    Annotated[TextPart, Tag("<text>")] | Annotated[ImagePart, Tag("<image_url>")], told_by("type", "text", "image_url")
]


class CalledFunction(Part):
    name: Name
    arguments: str


class ToolCall(Part):
    id: Identifier
    type: Literal["function"]
    function: CalledFunction
    index: int | None = None


class SystemMessage(Part):
    role: Literal["system", "developer"]
    content: str | TextParts
    name: Name | None = None


class UserMessage(Part):
    role: Literal["user"]
    content: str | Annotated[list[UserPart], Field(min_length=1, max_length=MOST_PARTS)]
    name: Name | None = None


class AssistantMessage(Part):
    """An answer sent back. Fields that clients copy from it are taken only if they are empty."""

    role: Literal["assistant"]
    content: str | TextParts | None = None
    name: Name | None = None
    refusal: str | None = None
    tool_calls: Annotated[list[ToolCall], Field(max_length=MOST_TOOLS)] | None = None
    annotations: Annotated[list[Any], Field(max_length=0)] | None = None
    audio: None = None
    function_call: None = None
    provider_specific_fields: None = None


class ToolMessage(Part):
    role: Literal["tool"]
    content: str | TextParts
    tool_call_id: Identifier


Message = Annotated[
    Annotated[SystemMessage, Tag("<system>")]
    | Annotated[UserMessage, Tag("<user>")]
    | Annotated[AssistantMessage, Tag("<assistant>")]
    | Annotated[ToolMessage, Tag("<tool>")],
    told_by("role", "system", "developer", "user", "assistant", "tool"),
]


class Function(Part):
    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(Part):
    type: Literal["function"]
    function: Function


class NamedFunction(Part):
    name: Name


class NamedTool(Part):
    type: Literal["function"]
    function: NamedFunction


class JsonSchema(Part):
    name: Name
    description: str | None = None
    schema_: dict[str, Any] = Field(alias="schema")
    strict: bool | None = None


class PlainText(Part):
    type: Literal["text"]


class JsonObject(Part):
    type: Literal["json_object"]


class JsonOfSchema(Part):
    type: Literal["json_schema"]
    json_schema: JsonSchema


ResponseFormat = Annotated[
    Annotated[PlainText, Tag("<text>")]
    | Annotated[JsonObject, Tag("<json_object>")]
    | Annotated[JsonOfSchema, Tag("<json_schema>")],
    told_by("type", "text", "json_object", "json_schema"),
]


class StreamOptions(Part):
    include_usage: bool | None = None


Metadata = dict[Annotated[str, StringConstraints(max_length=64)], Annotated[str, StringConstraints(max_length=512)]]
Stop = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class ChatRequest(Part):
    """The body of POST /chat/completions."""

    model: Identifier
    messages: Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    n: Annotated[int, Field(ge=1, le=MOST_CHOICES)] | None = None
    stop: Stop | Annotated[list[Stop], Field(min_length=1, max_length=MOST_STOPS)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    response_format: ResponseFormat | None = None
    tools: Annotated[list[Tool], Field(min_length=1, max_length=MOST_TOOLS)] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    parallel_tool_calls: bool | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None = None
    user: Identifier | None = None
    metadata: Metadata | None = None


class EmbeddingRequest(Part):
    """The body of POST /embeddings."""

    model: Identifier
    input: Text | Annotated[list[Text], Field(min_length=1, max_length=MOST_TEXTS)]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Field(ge=1, le=8192)] | None = None
    user: Identifier | None = None
    metadata: Metadata | None = None


_BODIES: Mapping[str, type[Part]] = {"/chat/completions": ChatRequest, "/embeddings": EmbeddingRequest}
#: The body of each route that is a model call.
ROUTES: Mapping[str, type[Part]] = {prefix + path: body for path, body in _BODIES.items() for prefix in ("", "/v1")}
