"""Loopback is a boundary: every listener of the stack, knocked at by other programs and by a page in a real browser."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import psutil  # type: ignore[import-untyped]
import pytest
from tests import browser
from tests.embedded import EmbeddedStack

from wissen.stack import emulator, gateway, lifecycle, postgres, processes, valkey
from wissen.stack.http_probe import fetch
from wissen.stack.isolation import doors
from wissen.stack.isolation.doors import Door
from wissen.stack.names import COMPONENTS
from wissen.stack.state import StackState
from wissen.stack.supervisor import components, describe

SECRET, BUCKET = "boundary/secret", "boundary-documents"
EVIL = {"Origin": "https://evil.example"}
FORGED = {
    "X-Amz-Target": "secretsmanager.GetSecretValue",
    "Content-Type": "application/x-amz-json-1.1",
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/secretsmanager/aws4_request,"
    "SignedHeaders=host,Signature=x",
}


@pytest.fixture(scope="module")
def guarded_stack(embedded: EmbeddedStack) -> Iterator[EmbeddedStack]:
    """Every component, with a secret and a document."""
    embedded.need(*COMPONENTS)
    _furnish(embedded)
    yield embedded
    aws(embedded, "secretsmanager").delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    s3 = aws(embedded, "s3")
    for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"]:
        s3.delete_object(Bucket=BUCKET, Key=found["Key"])
    s3.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def another_emulator(tmp_path: Path) -> Iterator[EmbeddedStack]:
    """An emulator alone, which a test may restart."""
    alone = EmbeddedStack(tmp_path / "state")
    alone.need(emulator.NAME)
    _furnish(alone)
    yield alone
    alone.end(purge=True)


def _furnish(embedded: EmbeddedStack) -> None:
    aws(embedded, "secretsmanager").create_secret(Name=SECRET, SecretString="sk-confidential")
    s3 = aws(embedded, "s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": embedded.state.region})
    s3.put_object(Bucket=BUCKET, Key="o/s/d/Büro (neu).pdf", Body=b"confidential")


@pytest.fixture
def address(guarded_stack: EmbeddedStack) -> str:
    return emulator.url(guarded_stack.state)


def aws(embedded: EmbeddedStack, service: Any) -> Any:
    """A client with the stack's own key."""
    state = embedded.state
    given = emulator.credentials(state)
    session = boto3.Session(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], region_name=state.region)
    return session.client(service, endpoint_url=emulator.url(state))


def still_there(embedded: EmbeddedStack) -> bool:
    read = aws(embedded, "secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"]
    return bool(read == "sk-confidential")


def listeners(embedded: EmbeddedStack, name: str) -> set[tuple[str, int]]:
    """Every address at which the component, or anything that it started, accepts connections."""
    marked = processes.marked(f"{embedded.folder}/{name}")
    started = postgres.processes_in(embedded.folder / postgres.NAME) if name == postgres.NAME else []
    return {
        tuple(connection.laddr)
        for process in [*marked, *started]
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


def status(url: str, method: str = "GET", *, host: str | None = None, **headers: str) -> int | None:
    """The status that a request gets, with any Host header; None where nothing answers HTTP."""
    address = httpx.URL(url)
    connection = http.client.HTTPConnection(address.host, address.port, timeout=10)
    try:
        connection.putrequest(method, address.path or "/", skip_host=True)
        for name, value in {"Host": host or f"{address.host}:{address.port}", "Content-Length": "0", **headers}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def test_every_listener_of_the_stack_is_behind_its_door(guarded_stack: EmbeddedStack) -> None:
    """Walks what listens, not what we know of: the next listener is found too."""
    state = guarded_stack.state
    for name in components(state):
        found = listeners(guarded_stack, name)
        assert ("127.0.0.1", state.ports[name]) in found
        for host, port in found:
            assert host == "127.0.0.1", f"{name} listens on {host}"
            knock_at(f"http://{host}:{port}", describe(guarded_stack.workspace, state, name).door)


def knock_at(url: str, door: Door) -> None:
    if door is Door.password:
        assert fetch(url) is None, "it answers HTTP"
        return
    assert door is Door.guard
    for path in ("/", "/metrics", "/health/readiness", "/_ministack/health", "/v1/models"):
        for method in ("GET", "POST", "OPTIONS"):
            assert status(url + path, method, host="evil.example") == 403
            assert status(url + path, method, Origin="https://evil.example") == 403
            assert status(url + path, method, Sec_Fetch_Site="cross-site") == 403


def test_passwords_are_asked_for_by_what_has_no_guard(guarded_stack: EmbeddedStack) -> None:
    state = guarded_stack.state

    assert not valkey.answers(state.ports[valkey.NAME], "")
    wrong = postgres.dsn(state).replace(state.secrets[f"postgres.{postgres.OWNER}"], "wrong")
    with pytest.raises(Exception, match="password authentication failed"):
        postgres.connect(wrong)


def test_the_recipes_of_the_security_review_are_refused(guarded_stack: EmbeddedStack, address: str) -> None:
    with httpx.Client(base_url=address) as client:
        preflight = client.options("/", headers=EVIL | {"Access-Control-Request-Method": "POST"})
        reset = client.post("/_ministack/reset", headers=EVIL)
        plain_reset = client.post("/_ministack/reset")
        secret = client.post("/", headers=FORGED, content=json.dumps({"SecretId": SECRET}))
        unsigned = client.put("/some-bucket")
        listed = client.get(f"/{BUCKET}?list-type=2")
        health = client.get("/_ministack/health")
        rebound = client.get("/", headers={"Host": "evil.example"})

    for reply in (preflight, reset, plain_reset, secret, unsigned, listed, health, rebound):
        assert reply.status_code == 403
        assert not [name for name in reply.headers if name.startswith("access-control-")]
        assert "confidential" not in reply.text
    assert still_there(guarded_stack)


def test_the_usual_credentials_of_emulators_open_nothing(guarded_stack: EmbeddedStack, address: str) -> None:
    session = boto3.Session("test", "test", region_name=guarded_stack.state.region)
    with pytest.raises(Exception, match=r"403|Forbidden"):
        session.client("secretsmanager", endpoint_url=address).get_secret_value(SecretId=SECRET)


def test_presigned_urls_and_upload_forms_need_no_key(guarded_stack: EmbeddedStack) -> None:
    s3 = aws(guarded_stack, "s3")
    key = "o/s/d/Büro (neu).pdf"
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=60)
    form = s3.generate_presigned_post(BUCKET, "o/s/d/Neu.pdf", Conditions=[["content-length-range", 4, 4]])

    assert httpx.get(url).content == b"confidential"
    assert httpx.get(url.replace("d/B", "d/C")).status_code == 403
    assert httpx.post(form["url"], data=form["fields"], files={"file": b"%PDF"}).status_code == 204
    assert httpx.post(form["url"], data=form["fields"], files={"file": b"%PDF-long"}).status_code == 400
    forged = form["fields"] | {"x-amz-signature": "0" * 64}
    assert httpx.post(form["url"], data=forged, files={"file": b"%PDF"}).status_code == 403


def test_the_gateways_key_does_not_help_a_page(guarded_stack: EmbeddedStack) -> None:
    reached = guarded_stack.gateway()
    given = {"Authorization": f"Bearer {reached.key}"}

    assert httpx.get(f"{reached.url}/v1/models", headers=given).status_code == 200
    assert httpx.get(f"{reached.url}/v1/models", headers=given | EVIL).status_code == 403


def test_limits_hold_for_the_processes_of_every_component(guarded_stack: EmbeddedStack) -> None:
    state = guarded_stack.state
    for name in components(state):
        limits = describe(guarded_stack.workspace, state, name).limits
        shown = Path(f"/proc/{state.processes[name].pid}/limits").read_text(encoding="ascii")
        held = {line[:26].strip(): line[26:47].strip() for line in shown.splitlines()}
        assert held["Max core file size"] == "0"
        assert held["Max data size"] == str(limits.data_mib * 1024 * 1024)
        assert held["Max open files"] == str(limits.files)


needs_chromium = pytest.mark.skipif(
    browser.installed() is None, reason="Chromium is not installed (apt-get install chromium): no page was tried"
)

ATTEMPTS = """
const emulator = %(emulator)s, gateway = %(gateway)s, found = {};
const attempt = async (name, call) => {
  try {
    const reply = await call();
    found[name] = {type: reply.type, status: reply.status, text: (await reply.text()).slice(0, 200)};
  } catch (error) { found[name] = {error: String(error)}; }
};
const socket = url => new Promise(done => {
  const opened = new WebSocket(url);
  opened.onopen = () => done({type: 'websocket', status: 101, text: async () => ''});
  opened.onerror = () => done(Promise.reject(new Error('refused')));
});
const post = (path, options) => fetch(emulator + path, {method: 'POST', ...options});
await attempt('port scan', () => fetch(emulator + '/_ministack/health'));
await attempt('gateway', () => fetch(gateway + '/health/readiness'));
await attempt('secret', () => post('/', {headers: %(forged)s, body: '{"SecretId":"%(secret)s"}'}));
await attempt('objects', () => fetch(emulator + '/%(bucket)s/?list-type=2'));
await attempt('invoke', () => post('/2015-03-31/functions/api/invocations', {body: '{}'}));
await attempt('api', () => fetch(emulator + '/restapis/x/live/_user_request_/v1/health'));
await attempt('reset', () => post('/_ministack/reset', {mode: 'no-cors'}));
await attempt('no-cors', () => fetch(emulator + '/%(bucket)s/?list-type=2', {mode: 'no-cors'}));
await attempt('socket', () => socket(emulator.replace('http', 'ws') + '/_aws/execute-api/x/live'));
await attempt('own server', () => fetch('/'));
return found;
"""


def attempts(state: StackState) -> str:
    return ATTEMPTS % {
        "emulator": json.dumps(emulator.url(state)),
        "gateway": json.dumps(gateway.url(state)),
        "forged": json.dumps(FORGED),
        "bucket": BUCKET,
        "secret": SECRET,
    }


@needs_chromium
def test_a_page_in_chromium_gets_nothing(guarded_stack: EmbeddedStack, tmp_path: Path) -> None:
    with browser.served(tmp_path) as page:
        found = page.run(attempts(guarded_stack.state))

    assert found.pop("own server")["status"] == 200, "the page's script did not run as it should"
    for name in ("reset", "no-cors"):
        assert found.pop(name) == {"type": "opaque", "status": 0, "text": ""}, name
    assert {name: list(result) for name, result in found.items()} == {name: ["error"] for name in found}
    assert len(found) == 7
    assert still_there(guarded_stack), "the reset was carried out"


@needs_chromium
def test_the_web_client_on_the_list_reads_answers_and_no_control_plane(
    another_emulator: EmbeddedStack, tmp_path: Path
) -> None:
    """The same page, allowed: so the test above failed at the guard and not for another reason."""
    (tmp_path / "profiles").mkdir()
    with browser.served(tmp_path / "profiles") as page:
        restart_allowing(another_emulator, page.origin)
        found = page.run(attempts(another_emulator.state))

    assert found["api"]["status"] in {403, 404}
    assert found["api"]["type"] == "cors"
    for name in ("port scan", "secret", "objects", "invoke"):
        assert (found[name]["status"], found[name]["type"]) == (403, "cors"), name
    assert still_there(another_emulator)


def restart_allowing(embedded: EmbeddedStack, origin: str) -> None:
    with embedded.workspace.locked() as file:
        file.change(lambda state: doors.allow(state, [origin]))
    embedded.stop(emulator.NAME)
    assert lifecycle.start(emulator.NAME, embedded.folder)


def test_the_functions_environment_holds_the_key_and_nothing_of_the_callers(guarded_stack: EmbeddedStack) -> None:
    process = psutil.Process(guarded_stack.state.processes[emulator.NAME].pid)
    names = {name for name in process.environ() if name.startswith("AWS_")}

    assert names == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_EC2_METADATA_DISABLED"}
    assert os.stat(f"/proc/{process.pid}/environ").st_mode & 0o077 == 0
