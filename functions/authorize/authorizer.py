"""Identifies the caller. Whether a caller may do something, the API decides.

An unknown key is let through as ``anonymous``, so that the API can answer it with a problem document that says
what is wrong; API Gateway's own refusal has no readable body on every platform. Nothing but that answer is
open to an anonymous caller.
"""

from __future__ import annotations

from typing import Any

from knowledge.store.ports.members import Member, Members

_SCHEME = "bearer "


def identify(event: dict[str, Any], members: Members) -> dict[str, Any]:
    """The authorizer's response to a TOKEN event. Raises UpstreamUnavailable; API Gateway then answers 500."""
    token = str(event.get("authorizationToken", ""))
    key = token[len(_SCHEME) :].strip() if token.lower().startswith(_SCHEME) else ""
    member = members.by_api_key(key) if key else None
    return _policy(event["methodArn"], member)


def _policy(method_arn: str, member: Member | None) -> dict[str, Any]:
    """Allows every method of the stage: the response is cached for the key, whichever method comes next."""
    api, stage = method_arn.split("/")[:2]
    context = {"principal": "anonymous"}
    if member is not None:
        context = {
            "principal": "member",
            "org_id": str(member.org_id),
            "user_id": str(member.user_id),
            "team_ids": ",".join(map(str, member.team_ids)),
        }
    return {
        "principalId": context.get("user_id", "anonymous"),
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{api}/{stage}/*"}],
        },
        "context": context,
    }
