"""Small pieces the rest stands on: who sees what, identity, pages, settings, error names."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.fakes.examples import ORG, OTHER_ORG, TEAM, USER, passage

from knowledge import errors
from knowledge.access import ORGANISATION_SCOPE, Access, team_scope, user_scope
from knowledge.environment import CacheSecret, DatabaseSecret, GatewaySecret, Settings
from knowledge.errors import PermanentError, RetryableError, StageError, stage_error
from knowledge.records import document_id
from knowledge.runtime.settings import StageSettings
from knowledge.store.connection import statement
from knowledge.store.vectors import vector_literal
from knowledge.tracebacks import safe_traceback

# ---------------------------------------------------------------- access


def test_a_member_sees_the_organisations_their_teams_and_their_own() -> None:
    access = Access.of_member(ORG, USER, [TEAM])
    assert set(access.scopes) == {ORGANISATION_SCOPE, team_scope(TEAM), user_scope(USER)}


def test_a_worker_sees_one_document_and_no_question() -> None:
    access = Access.of_document(ORG, team_scope(TEAM))
    assert (access.user_id, access.scopes) == (None, (team_scope(TEAM),))


@given(st.text(max_size=60))
def test_a_scope_cannot_break_out_of_the_policies_array(scope: str) -> None:
    try:
        access = Access.of_document(ORG, scope)
    except ValidationError:
        return
    assert access.scopes == (scope,)
    assert not set(scope) & set('{},"\\ \n')


@pytest.mark.parametrize("scope", [f"team.{TEAM}\n", f" team.{TEAM}", "organisation,user", "Organisation"])
def test_a_scope_that_is_nearly_right_is_wrong(scope: str) -> None:
    with pytest.raises(ValidationError):
        Access.of_document(ORG, scope)


# ---------------------------------------------------------------- identity


def test_the_same_bytes_in_an_organisation_are_the_same_document() -> None:
    assert document_id(ORG, ORGANISATION_SCOPE, "a" * 64) == document_id(ORG, ORGANISATION_SCOPE, "a" * 64)


def test_other_bytes_another_organisation_or_a_private_copy_are_another() -> None:
    places = [
        (ORG, ORGANISATION_SCOPE, "a" * 64),
        (ORG, ORGANISATION_SCOPE, "b" * 64),
        (OTHER_ORG, ORGANISATION_SCOPE, "a" * 64),
        (ORG, team_scope(TEAM), "a" * 64),
        (ORG, user_scope(USER), "a" * 64),
        (ORG, user_scope(UUID(int=7)), "a" * 64),
    ]
    assert len({document_id(*place) for place in places}) == len(places)


# ---------------------------------------------------------------- pages


def test_without_pages_a_quote_has_none() -> None:
    assert passage("Ein Satz.").pages(1000, 1009) == (None, None)


@pytest.mark.parametrize(
    ("start", "end", "pages"),
    [
        (1000, 1010, (4, 4)),
        (1000, 1011, (4, 5)),
        (1010, 1011, (5, 5)),
        (1005, 1021, (4, 6)),
        (1020, 1030, (6, 6)),
    ],
)
def test_a_quote_has_the_pages_of_its_first_and_last_character(start: int, end: int, pages: tuple[int, int]) -> None:
    source = passage("x" * 30, page_from=4, page_to=6, page_breaks=(1010, 1020))
    assert source.pages(start, end) == pages


def test_a_page_without_text_is_counted() -> None:
    source = passage("x" * 30, page_from=4, page_to=6, page_breaks=(1010, 1010))
    assert source.pages(1010, 1011) == (6, 6)


# ---------------------------------------------------------------- settings and secrets


def test_settings_are_read_from_the_variables_named_like_them() -> None:
    settings = StageSettings.from_environment({"QUEUE_URL": "q", "DEAD_LETTER_QUEUE_URL": "d", "PATH": "/bin"})
    assert (settings.queue_url, settings.dead_letter_queue_url, settings.log_level) == ("q", "d", "INFO")


def test_every_missing_variable_is_named() -> None:
    with pytest.raises(ValidationError) as missing:
        StageSettings.from_environment({})
    assert "QUEUE_URL" in str(missing.value)
    assert "DEAD_LETTER_QUEUE_URL" in str(missing.value)
    assert Settings.from_environment({}).log_level == "INFO"


def test_secrets_do_not_show_themselves() -> None:
    secrets = [
        DatabaseSecret(host="h", dbname="d", username="u", password="hunter2"),
        CacheSecret(url="valkey://:hunter2@h:1/0"),
        GatewaySecret(url="http://h", api_key="hunter2"),
    ]
    assert all("hunter2" not in f"{secret!r} {secret}" for secret in secrets)


# ---------------------------------------------------------------- errors


ERRORS = [
    "Throttled",
    "UpstreamUnavailable",
    "DeadlineExceeded",
    "InvalidInput",
    "NotFound",
    "AccessDenied",
    "BudgetExceeded",
    "ContentRejected",
]


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_crosses_the_bus_by_its_name(name: str) -> None:
    error = stage_error(name, "because")
    assert (error.name, str(error)) == (name, "because")
    assert isinstance(error, RetryableError) == (name in ERRORS[:3])
    assert isinstance(error, PermanentError) == (name in ERRORS[3:])


def test_every_error_there_is_has_a_name_on_the_bus() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, StageError)}
    assert {kind.__name__ for kind in kinds - {StageError, RetryableError, PermanentError}} == set(ERRORS)


def test_a_name_that_is_no_part_of_the_contract_is_refused() -> None:
    with pytest.raises(KeyError):
        stage_error("Whatever", "because")


def test_where_a_defect_came_from_is_told_without_what_it_said() -> None:
    try:
        try:
            int("Sommer2026")
        except ValueError as cause:
            raise LookupError("Sommer2026") from cause
    except LookupError as error:
        lines = safe_traceback(error)
    assert lines[-1] == "LookupError"
    assert "ValueError" in lines
    assert any("test_domain.py" in line for line in lines)
    assert "Sommer2026" not in "\n".join(lines)


# ---------------------------------------------------------------- the store's own pieces


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8))
def test_a_vector_is_written_as_pgvector_reads_it(vector: list[float]) -> None:
    literal = vector_literal(vector)
    assert literal.startswith("[")
    assert [float(value) for value in literal.strip("[]").split(",")] == pytest.approx(vector, rel=1e-4, abs=1e-9)


def test_a_statement_is_read_by_its_name() -> None:
    assert statement("get_query").startswith("SELECT")
    with pytest.raises(FileNotFoundError):
        statement(f"none-{uuid4()}")
