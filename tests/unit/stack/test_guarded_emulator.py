"""The control plane's guard, by ASGI scopes, against requests signed by botocore. No socket is opened."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from guarded_emulator.control_plane import ControlPlane
from guarded_emulator.process import FUNCTIONS_KEY_ID, guarded
from wissen.stack.isolation import signatures
from wissen.stack.isolation.signatures import HEALTH_PATH, KeyPair

HOST = "127.0.0.1:24000"
KEYS = KeyPair("WISSEN0123456789", "s" * 43, (FUNCTIONS_KEY_ID,))
SECRETS = {"X-Amz-Target": "secretsmanager.GetSecretValue", "Content-Type": "application/x-amz-json-1.1"}
UPLOADS = "wissen-documents-1"


@dataclass
class Call:
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    kind: str = "http"


@dataclass
class Emulator:
    """Serves everything, and remembers what reached it."""

    scopes: list[dict[str, Any]] = field(default_factory=list)
    body: bytes = b""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        more = True
        while more:
            message = await receive()
            self.body += message.get("body", b"")
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})


def deliver(call: Call, *, piece: int = 1000, now: datetime | None = None) -> Emulator:
    """The emulator after a call; the body arrives in pieces of `piece` bytes."""
    emulator, sent = Emulator(), []
    pieces = [call.body[at : at + piece] for at in range(0, len(call.body), piece)] or [b""]
    messages = [
        {"type": "http.request", "body": part, "more_body": number < len(pieces)}
        for number, part in enumerate(pieces, 1)
    ]

    async def receive() -> Any:
        return {"type": "websocket.connect"} if call.kind == "websocket" else messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(ControlPlane(emulator, KEYS, lambda: now or datetime.now(UTC))(_scope(call), receive, send))
    if not emulator.scopes:
        assert sent[0].get("status", 403) == 403
    return emulator


def _scope(call: Call) -> dict[str, Any]:
    parts = urlsplit(call.url)
    headers = {"host": HOST} | {name.lower(): value for name, value in call.headers.items()}
    scope = {
        "type": call.kind,
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    return scope | ({"method": call.method} if call.kind == "http" else {})


def signed(call: Call, service: str = "secretsmanager", keys: KeyPair = KEYS, *, presigned: bool = False) -> Call:
    """The call as the AWS SDK signs it."""
    credentials = Credentials(keys.access_key_id, keys.secret)
    request = AWSRequest(call.method, f"http://{HOST}{call.url}", headers=call.headers, data=call.body)
    if presigned:
        S3SigV4QueryAuth(credentials, service, "eu-central-1", expires=60).add_auth(request)
    else:
        (S3SigV4Auth if service == "s3" else SigV4Auth)(credentials, service, "eu-central-1").add_auth(request)
    prepared = request.prepare()
    url = urlsplit(prepared.url)
    headers = {name: _text(value) for name, value in prepared.headers.items()}
    return Call(call.method, f"{url.path}?{url.query}" if url.query else url.path, headers, call.body)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


READ_SECRET = Call("POST", "/", SECRETS, b'{"SecretId":"wissen/gateway"}')
GENUINE = {
    "a secret": ("secretsmanager", READ_SECRET),
    "an invocation": ("lambda", Call("POST", "/2015-03-31/functions/wissen-api/invocations", {}, b'{"warm": true}')),
    "a list of objects": ("s3", Call("GET", f"/{UPLOADS}?list-type=2&prefix=a%2Fb%20c")),
    "an object with a name": ("s3", Call("PUT", f"/{UPLOADS}/o/B%C3%BCro%20%28neu%29.pdf", {}, b"%PDF")),
    "a message to a connection": (
        "execute-api",
        Call("POST", "/_aws/execute-api/abc/live/%40connections/a%3D%3D", {}, b"{}"),
    ),
    "a page of a list": ("sqs", Call("POST", "/?Action=ListQueues&Version=2012-11-05", {}, b"a=b")),
}


@pytest.mark.parametrize("name", GENUINE)
def test_what_the_sdk_signs_with_the_key_passes_whole(name: str) -> None:
    service, call = GENUINE[name]
    for keys in (KEYS, KeyPair(FUNCTIONS_KEY_ID, KEYS.secret)):
        assert deliver(signed(call, service, keys), piece=3).body == call.body


@pytest.mark.parametrize("name", GENUINE)
def test_nothing_of_it_passes_unsigned_or_with_another_secret(name: str) -> None:
    service, call = GENUINE[name]
    others = (KeyPair("test", "test"), KeyPair(KEYS.access_key_id, "test"), KeyPair("WISSENOTHER", KEYS.secret))

    assert not deliver(call).scopes
    for keys in others:
        assert not deliver(signed(call, service, keys)).scopes


def test_the_findings_forged_header_is_refused() -> None:
    """A page needs no signature with the stock emulator, only the look of one."""
    scope = "Credential=test/20260101/eu-central-1/secretsmanager/aws4_request"
    forged = {"Authorization": f"AWS4-HMAC-SHA256 {scope},SignedHeaders=host,Signature=x"}

    assert not deliver(Call("POST", "/", SECRETS | forged, READ_SECRET.body)).scopes


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"url": "/other"},
        {"url": "/?Action=DeleteQueue"},
        {"body": b'{"SecretId":"wissen/database"}'},
        {"kind": "websocket"},
    ],
)
def test_a_signature_is_good_for_one_request(change: dict[str, Any]) -> None:
    call = signed(READ_SECRET)

    assert not deliver(Call(**(vars(call) | change))).scopes


def test_a_signed_header_cannot_be_changed() -> None:
    call = signed(READ_SECRET)
    call.headers["X-Amz-Target"] = "secretsmanager.DeleteSecret"

    assert not deliver(call).scopes


def test_an_old_signature_is_refused() -> None:
    call = signed(READ_SECRET)

    assert not deliver(call, now=datetime.now(UTC) + timedelta(minutes=16)).scopes
    assert not deliver(call, now=datetime.now(UTC) - timedelta(minutes=16)).scopes


@pytest.mark.parametrize(
    "path",
    ["/_ministack/reset", "/_ministack/config", "/_localstack/health", "/health", "/_MINISTACK/reset", "/_ministack"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_emulators_own_addresses_are_closed_even_with_the_key(path: str, method: str) -> None:
    assert not deliver(signed(Call(method, path))).scopes


def test_the_health_check_needs_the_key() -> None:
    headers = signatures.signed_headers(KEYS, "GET", HOST, HEALTH_PATH, "eu-central-1", datetime.now(UTC))

    assert deliver(Call("GET", HEALTH_PATH, headers)).scopes
    assert not deliver(Call("GET", HEALTH_PATH)).scopes
    assert not deliver(Call("POST", HEALTH_PATH, headers)).scopes


@pytest.mark.parametrize("path", ["/restapis/abc/live/_user_request_/v1/health", "/_aws/execute-api/abc/live"])
def test_the_deployed_api_is_for_its_own_authorizer(path: str) -> None:
    given = {"Authorization": "Bearer k", "X-Amz-Target": "secretsmanager.GetSecretValue"}
    (scope,) = deliver(Call("POST", path, given, b"{}")).scopes
    names = {name for name, _ in scope["headers"]}

    assert b"authorization" in names
    assert b"x-amz-target" not in names, "the emulator chooses the service by it"


def test_its_websocket_opens_and_no_other_does() -> None:
    assert deliver(Call("GET", "/_aws/execute-api/abc/live", kind="websocket")).scopes
    for path in ("/", "/mqtt", "/_aws/execute-api/abc/live/@connections/x"):
        assert not deliver(Call("GET", path, kind="websocket")).scopes


@pytest.mark.parametrize(
    "path",
    [
        "/restapis",
        "/restapis/abc/resources",
        "/restapis/abc/live/_user_request",
        "//restapis/abc/live/_user_request_/x",
        "/_aws/execute-api/abc",
        "/_aws/execute-api/abc/live/@connections/x",
        "/_aws/execute-api/abc/live/%40connections/x",
        "/_aws/lambda-url/x/",
        "/v20180820/tags/x",
        "/oauth2/token",
    ],
)
def test_its_neighbours_are_not_the_api(path: str) -> None:
    assert not deliver(Call("POST", path)).scopes


def test_a_presigned_url_of_an_object_passes_with_its_own_headers_only() -> None:
    call = signed(Call("GET", f"/{UPLOADS}/o/B%C3%BCro.pdf"), "s3", presigned=True)
    call.headers |= {"X-Amz-Target": "secretsmanager.GetSecretValue", "Range": "bytes=0-9"}
    (scope,) = deliver(call).scopes

    assert {name for name, _ in scope["headers"]} == {b"host", b"range"}
    assert not deliver(call, now=datetime.now(UTC) + timedelta(seconds=61)).scopes
    assert not deliver(Call("GET", call.url.replace("B%C3%BCro", "x"))).scopes
    assert not deliver(Call("DELETE", call.url)).scopes


def test_a_presigned_url_is_for_objects_only() -> None:
    call = signed(Call("GET", "/?Action=ListQueues"), "sqs", presigned=True)

    assert not deliver(call).scopes


def test_a_form_of_ours_uploads_without_the_key() -> None:
    for piece in (1, 50, 100_000):
        call = upload()
        emulator = deliver(call, piece=piece)

        assert emulator.body == call.body
        assert b"x-amz-target" not in {name for name, _ in emulator.scopes[0]["headers"]}


@pytest.mark.parametrize(
    "change",
    [
        {"url": "/other-bucket"},
        {"url": f"/{UPLOADS}/key"},
        {"url": f"/{UPLOADS}?Action=DeleteQueue"},
        {"method": "PUT"},
    ],
)
def test_a_form_is_good_for_its_bucket(change: dict[str, Any]) -> None:
    assert not deliver(Call(**(vars(upload()) | change))).scopes


@pytest.mark.parametrize("without", ["policy", "x-amz-credential", "x-amz-algorithm", "x-amz-signature", "x-amz-date"])
def test_a_form_that_is_not_signed_is_refused(without: str) -> None:
    assert not deliver(upload({without: None})).scopes


def test_a_forged_damaged_or_endless_form_is_refused() -> None:
    policy = base64.b64encode(json.dumps({"conditions": [{"bucket": UPLOADS}]}).encode()).decode()

    assert not deliver(upload({"policy": policy})).scopes
    assert not deliver(upload(keys=KeyPair("test", "test"))).scopes
    assert not deliver(upload({"filler": "x" * 70_000})).scopes
    whole = upload()
    for body in (b"", b"--edge", whole.body[:400], whole.body.replace(b'name="file"', b'name="other"')):
        assert not deliver(Call(whole.method, whole.url, whole.headers, body)).scopes
    twice = whole.body.replace(
        b"--edge\r\n", b'--edge\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--edge\r\n', 1
    )
    assert not deliver(Call(whole.method, whole.url, whole.headers, twice)).scopes


def test_a_weak_secret_does_not_start() -> None:
    environment = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "GATEWAY_PORT": "24000"}
    with pytest.raises(ValueError, match="needs 32"):
        guarded(Emulator(), environment)


def test_the_emulator_serves_what_the_launcher_binds() -> None:
    """The launcher relies on the name `app` of `ministack.app`, which its `main` serves."""
    source = (Path(pytest.importorskip("ministack").__file__).parent / "app.py").read_text(encoding="utf-8")

    assert "asyncio.run(hypercorn_serve(app, config))" in source
    assert "\nasync def app(scope, receive, send):" in source


def upload(changes: Mapping[str, str | None] | None = None, *, keys: KeyPair = KEYS) -> Call:
    """A form as `generate_presigned_post` makes it and a browser sends it, with `changes` of its fields."""
    session = boto3.session.Session(keys.access_key_id, keys.secret, region_name="eu-central-1")
    s3 = session.client("s3", endpoint_url=f"http://{HOST}", config=Config(signature_version="s3v4"))
    form = s3.generate_presigned_post(UPLOADS, "o/s/Büro.pdf", Conditions=[["content-length-range", 4, 4]])
    fields: Mapping[str, str | None] = form["fields"] | dict(changes or {})
    parts = [_part(name, value.encode()) for name, value in fields.items() if value is not None]
    body = b"".join([*parts, _part("file", b"\x00\r\n--edg")]) + b"--edge--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=edge", "X-Amz-Target": "secretsmanager.GetSecretValue"}
    return Call("POST", urlsplit(form["url"]).path, headers, body)


def _part(name: str, value: bytes) -> bytes:
    return f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
