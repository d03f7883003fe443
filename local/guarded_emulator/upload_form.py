"""Upload forms: a browser's `POST` to a bucket, allowed by a policy that our functions signed.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html. The emulator checks the policy's
conditions (key, size, expiry) and no signature. Here the signature is checked, and that the policy is for this bucket.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping

from guarded_emulator.bodies import replayed
from serving.asgi import Receive
from wissen.stack.isolation import signatures
from wissen.stack.isolation.signatures import KeyPair, Request

HEADERS = ("host", "content-type", "content-length", "transfer-encoding", "expect", "origin")
"""The headers that an upload needs; the emulator sees no others."""

_BUCKET = re.compile(r"/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/?")
_BOUNDARY = re.compile(r'multipart/form-data;\s*boundary="?([A-Za-z0-9\'()+_,./:=?-]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(rb'(?i)content-disposition:[^\r\n]*?;\s*name="([^"\r\n]{1,200})"')
_LARGEST_FIELDS = 64 * 1024
"""Bytes before the file."""
_SIGNING = frozenset({"policy", "x-amz-credential", "x-amz-algorithm", "x-amz-date", "x-amz-signature"})


def is_one(request: Request) -> bool:
    """True for a form sent to a bucket's own address."""
    return (
        request.method == "POST"
        and not request.query
        and _BUCKET.fullmatch(request.path) is not None
        and _BOUNDARY.fullmatch(request.header("content-type")) is not None
    )


async def read_fields(request: Request, receive: Receive) -> tuple[dict[str, str] | None, Receive]:
    """The fields before the file, names in lower case, and a `receive` that gives the whole body again.

    None for a form that is damaged, repeats a field, has no file or has too much before it.
    """
    matched = _BOUNDARY.fullmatch(request.header("content-type"))
    delimiter = b"--" + (matched[1] if matched else "").encode()
    body, more = b"", True
    while more and len(body) <= _LARGEST_FIELDS:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and bool(message.get("more_body", False))
        fields = _before_the_file(body[:_LARGEST_FIELDS], delimiter)
        if fields is not None:
            return fields or None, replayed(body, receive, more=more)
    return None, replayed(body, receive, more=more)


def verifies(fields: Mapping[str, str], request: Request, keys: KeyPair) -> bool:
    """True if the form's policy is for the bucket that it is sent to, and signed by `keys`."""
    matched = _BUCKET.fullmatch(request.path)
    if matched is None or not set(fields) >= _SIGNING or fields["x-amz-algorithm"] != signatures.ALGORITHM:
        return False
    policy = fields["policy"]
    if not signatures.verifies_policy(keys, fields["x-amz-credential"], policy, fields["x-amz-signature"]):
        return False
    return {"bucket": matched[1]} in json.loads(base64.b64decode(policy))["conditions"]


def _before_the_file(body: bytes, delimiter: bytes) -> dict[str, str] | None:
    """The fields; empty for a damaged form, None if the file has not begun yet."""
    found: dict[str, str] = {}
    parts = (b"\r\n" + body).split(b"\r\n" + delimiter + b"\r\n")
    for number, part in enumerate(parts[1:], start=1):
        head, separator, value = part.partition(b"\r\n\r\n")
        if not separator:
            return None
        named = _NAME.search(head)
        name = named[1].decode("latin-1").lower() if named else ""
        if name == "file":
            return found
        if number == len(parts) - 1:
            return None  # the rest of this field is still to come
        if not name or name in found:
            return {}
        found[name] = value.decode("utf-8", "replace")
    return None
