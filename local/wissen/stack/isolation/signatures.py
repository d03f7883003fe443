"""AWS Signature Version 4 for one key pair: signs our health check, and verifies what reaches the emulator.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. Standard library only, since
`wissen status` signs and should not load an SDK. The tests compare it with botocore's own signer.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

HEALTH_PATH = "/_ministack/health"
"""The one address of the emulator's own that is open, to the holder of the key."""
ALGORITHM = "AWS4-HMAC-SHA256"
CONTENT_DIGEST = "x-amz-content-sha256"
UNSIGNED_CONTENT = "UNSIGNED-PAYLOAD"
_CLOCK_SKEW = timedelta(minutes=15)
_LONGEST_PRESIGNED = timedelta(days=7)
_TIME = "%Y%m%dT%H%M%SZ"
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=([^\s,]+),\s?SignedHeaders=([a-z0-9;_-]+),\s?Signature=([0-9a-f]{{64}})"
)


@dataclass(frozen=True)
class KeyPair:
    """An access key. `also_known_as` are other ids under which the same secret signs."""

    access_key_id: str
    secret: str = field(repr=False)
    also_known_as: tuple[str, ...] = ()

    def knows(self, access_key_id: str) -> bool:
        return access_key_id in {self.access_key_id, *self.also_known_as}


@dataclass(frozen=True)
class Scope:
    """A credential scope: the key's id, the day as `YYYYMMDD`, the region and the service."""

    access_key_id: str
    day: str
    region: str
    service: str

    @classmethod
    def parse(cls, text: str) -> Scope | None:
        """None for anything but `ID/DAY/REGION/SERVICE/aws4_request`."""
        parts = text.split("/")
        if len(parts) != 5 or parts[4] != "aws4_request":
            return None
        return cls(*parts[:4])

    def __str__(self) -> str:
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True)
class Request:
    """A request as it was sent: `path` and `query` percent-encoded, each header's values by its lower-case name."""

    method: str
    path: str
    query: str
    headers: Mapping[str, Sequence[str]]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The query's names and values, still encoded."""
        parts = (pair.partition("=") for pair in self.query.split("&") if pair)
        return [(name, value) for name, _, value in parts]

    def parameter(self, name: str) -> str:
        """A query parameter, decoded; empty unless it occurs exactly once."""
        found = [unquote(value) for key, value in self.pairs if unquote(key) == name]
        return found[0] if len(found) == 1 else ""

    def header(self, name: str) -> str:
        """A header's value; empty unless it occurs exactly once."""
        found = self.headers.get(name, ())
        return found[0] if len(found) == 1 else ""


@dataclass(frozen=True)
class Claim:
    """A signature and its scope, read from a request and not yet verified."""

    scope: Scope
    time: str
    signed_headers: tuple[str, ...]
    signature: str
    presigned: bool = False

    @property
    def content_digest_needed(self) -> bool:
        """True if the signature covers the body's digest and the request does not state it."""
        return not self.presigned and CONTENT_DIGEST not in self.signed_headers


def read_header(request: Request) -> Claim | None:
    """The claim of an `Authorization` header; None without a readable one."""
    matched = _AUTHORIZATION.fullmatch(request.header("authorization"))
    scope = Scope.parse(matched[1]) if matched else None
    if matched is None or scope is None:
        return None
    return Claim(scope, request.header("x-amz-date"), tuple(matched[2].split(";")), matched[3])


def read_query(request: Request) -> Claim | None:
    """The claim of a presigned URL; None without a readable one."""
    scope = Scope.parse(request.parameter("X-Amz-Credential"))
    if scope is None or request.parameter("X-Amz-Algorithm") != ALGORITHM:
        return None
    names = tuple(request.parameter("X-Amz-SignedHeaders").split(";"))
    return Claim(scope, request.parameter("X-Amz-Date"), names, request.parameter("X-Amz-Signature"), presigned=True)


def verifies(claim: Claim, request: Request, keys: KeyPair, now: datetime, content_digest: str = "") -> bool:
    """True if the claim is a fresh signature of `request` by `keys`.

    `content_digest` is the SHA-256 of the body in hex, where `claim.content_digest_needed`.
    """
    if not keys.knows(claim.scope.access_key_id) or "host" not in claim.signed_headers:
        return False
    if not _is_fresh(claim, request, now):
        return False
    digest = content_digest if claim.content_digest_needed else request.header(CONTENT_DIGEST) or UNSIGNED_CONTENT
    expected = _signature(keys.secret, claim.scope, claim.time, _canonical(claim, request, digest))
    return hmac.compare_digest(expected, claim.signature.lower())


def verifies_policy(keys: KeyPair, credential: str, policy: str, signature: str) -> bool:
    """True if `signature` is that of an upload form's base64 `policy` by `keys`."""
    scope = Scope.parse(credential)
    if scope is None or not keys.knows(scope.access_key_id):
        return False
    return hmac.compare_digest(_keyed(keys.secret, scope, policy), signature.lower())


def signed_headers(keys: KeyPair, method: str, host: str, path: str, region: str, now: datetime) -> dict[str, str]:
    """The headers that sign a request without query and body."""
    time = now.strftime(_TIME)
    scope = Scope(keys.access_key_id, time[:8], region, "wissen")
    claim = Claim(scope, time, ("host", "x-amz-date"), "")
    request = Request(method, path, "", {"host": [host], "x-amz-date": [time]})
    signature = _signature(keys.secret, scope, time, _canonical(claim, request, hashlib.sha256(b"").hexdigest()))
    return {
        "x-amz-date": time,
        "authorization": f"{ALGORITHM} Credential={scope.access_key_id}/{scope}, "
        f"SignedHeaders=host;x-amz-date, Signature={signature}",
    }


def _is_fresh(claim: Claim, request: Request, now: datetime) -> bool:
    try:
        signed = datetime.strptime(claim.time, _TIME).replace(tzinfo=UTC)
        lifetime = timedelta(seconds=int(request.parameter("X-Amz-Expires"))) if claim.presigned else _CLOCK_SKEW
    except (ValueError, OverflowError):
        return False
    if claim.time[:8] != claim.scope.day or not timedelta(0) < lifetime <= _LONGEST_PRESIGNED:
        return False
    return signed - _CLOCK_SKEW <= now <= signed + lifetime


def _canonical(claim: Claim, request: Request, content_digest: str) -> str:
    pairs = sorted(pair for pair in request.pairs if not (claim.presigned and pair[0] == "X-Amz-Signature"))
    headers = "".join(f"{name}:{_trimmed(request.headers.get(name, ()))}\n" for name in claim.signed_headers)
    path = request.path if claim.scope.service == "s3" else quote(_normalised(request.path), safe="/~")
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return "\n".join([request.method, path, query, headers, ";".join(claim.signed_headers), content_digest])


def _trimmed(values: Sequence[str]) -> str:
    return ",".join(" ".join(value.split()) for value in values)


def _normalised(path: str) -> str:
    """The path without empty and dot segments (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if kept and path.endswith("/") else "")


def _signature(secret: str, scope: Scope, time: str, canonical: str) -> str:
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return _keyed(secret, scope, "\n".join([ALGORITHM, time, str(scope), digest]))


def _keyed(secret: str, scope: Scope, text: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in (scope.day, scope.region, scope.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
