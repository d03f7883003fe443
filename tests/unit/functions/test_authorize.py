"""The authorizer: whom a key stands for, and nothing about what they may do."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from tests.events import load_event
from tests.fakes.examples import ORG, TEAM, USER
from tests.fakes.store import FakeMembers

from api.services import Caller
from authorize.authorizer import identify
from knowledge.store.ports.members import Member

KEY = "wsn_Zm9vYmFyYmF6"
ARN = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/live/GET/v1/documents"
OTHER_TEAM = uuid4()
MEMBER = Member(key_id=uuid4(), org_id=ORG, user_id=USER, team_ids=(TEAM, OTHER_TEAM))


def members() -> FakeMembers:
    return FakeMembers({KEY: MEMBER})


def token(authorization: str | None, arn: str = ARN) -> dict[str, Any]:
    event = {**load_event("authorize"), "methodArn": arn}
    event.pop("authorizationToken")
    return event if authorization is None else {**event, "authorizationToken": authorization}


@pytest.mark.parametrize("authorization", [f"Bearer {KEY}", f"bearer {KEY}", f"BEARER  {KEY} "])
def test_a_known_key_is_a_member(authorization: str) -> None:
    response = identify(token(authorization), members())
    assert response["principalId"] == str(USER)
    assert response["context"] == {
        "principal": "member",
        "org_id": str(ORG),
        "user_id": str(USER),
        "team_ids": f"{TEAM},{OTHER_TEAM}",
    }


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        KEY,
        f"Basic {KEY}",
        f"Token {KEY}",
        "Bearer",
        "Bearer ",
        f"Bearer{KEY}",
        f"Bearer {KEY}x",
        f"Bearer {KEY.lower()}",
    ],
)
def test_anything_else_is_anonymous(authorization: str | None) -> None:
    response = identify(token(authorization), members())
    assert response["principalId"] == "anonymous"
    assert response["context"] == {"principal": "anonymous"}


@pytest.mark.parametrize("authorization", [None, "", KEY, "Bearer "])
def test_the_store_is_not_asked_about_what_is_no_key(authorization: str | None) -> None:
    known = members()
    identify(token(authorization), known)
    assert known.asked == []


@pytest.mark.parametrize("authorization", [f"Bearer {KEY}", "Bearer unknown"])
def test_the_policy_fits_every_method_that_may_come_from_the_cache(authorization: str) -> None:
    document = identify(token(authorization), members())["policyDocument"]
    assert document["Version"] == "2012-10-17"
    (statement,) = document["Statement"]
    assert statement == {
        "Action": "execute-api:Invoke",
        "Effect": "Allow",
        "Resource": "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/live/*",
    }


def test_a_policy_never_reaches_another_stage_or_api() -> None:
    (statement,) = identify(token(f"Bearer {KEY}"), members())["policyDocument"]["Statement"]
    other = identify(token(f"Bearer {KEY}", ARN.replace("/live/", "/test/")), members())
    assert statement["Resource"] != other["policyDocument"]["Statement"][0]["Resource"]


def test_the_context_holds_texts_only_as_api_gateway_demands() -> None:
    for authorization in (f"Bearer {KEY}", "Bearer unknown"):
        assert all(isinstance(value, str) for value in identify(token(authorization), members())["context"].values())


def test_the_key_stays_out_of_the_response() -> None:
    assert KEY not in str(identify(token(f"Bearer {KEY}"), members()))


@pytest.mark.parametrize("teams", [(), (TEAM,), (TEAM, OTHER_TEAM)])
def test_the_api_reads_back_who_was_identified(teams: tuple[Any, ...]) -> None:
    member = MEMBER.model_copy(update={"team_ids": teams})
    context = identify(token(f"Bearer {KEY}"), FakeMembers({KEY: member}))["context"]
    caller = Caller.of({"requestContext": {"authorizer": context}})
    assert (caller.org_id, caller.user_id, caller.team_ids) == (ORG, USER, teams)
    assert caller.access == member.access
