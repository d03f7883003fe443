"""`wissen model-key` and `wissen team` on the real store, and a key so made at the real proxy."""

from __future__ import annotations

import json
from typing import Any

import httpx
import psycopg
import pytest
import typer
from tests.embedded import EmbeddedStack, Gateway
from typer.testing import CliRunner, Result

from wissen.commands import model_keys, teams
from wissen.stack import migrate, postgres
from wissen.stack.accounts import keys

ORGANISATION = "Werk Süd"


@pytest.fixture(scope="module")
def owner(embedded: EmbeddedStack) -> str:
    """The store of the running proxy, for its owner."""
    dsn = postgres.dsn(embedded.need(postgres.NAME))
    migrate.apply(embedded.workspace.root / "migrations", dsn)
    return dsn


class Commands:
    def __init__(self, folder: str) -> None:
        self._environment = {"WISSEN_STATE_DIR": folder}

    def run(self, *arguments: str) -> Result:
        app = typer.Typer()
        model_keys.register(app)
        teams.register(app)
        return CliRunner().invoke(app, arguments, env=self._environment)

    def json(self, *arguments: str) -> dict[str, Any]:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return dict(json.loads(result.stdout))


@pytest.fixture
def commands(embedded: EmbeddedStack, owner: str) -> Commands:
    return Commands(str(embedded.folder))


def chat(gateway: Gateway, key: str, model: str = "synthesis-primary") -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "Hallo?"}]}
    headers = {"authorization": f"Bearer {key}", "x-priority": "CRITICAL"}
    return httpx.post(f"{gateway.url}/v1/chat/completions", json=body, headers=headers, timeout=30)


class TestModelKeys:
    def test_a_key_does_what_it_was_made_for_until_it_is_revoked(
        self, commands: Commands, gateway: Gateway, owner: str
    ) -> None:
        options = ["--organisation", ORGANISATION, "--name", "Altsystem", "--team", "Revision"]
        limits = ["--alias", "synthesis-primary", "--max-priority", "MEDIUM", "--rpm", "2", "--budget-usd", "12.5"]
        made = commands.json("model-key", "create", *options, *limits)
        assert made["key"].startswith("wsm_")

        assert chat(gateway, made["key"], "synthesis-premium").status_code == 403
        answered = chat(gateway, made["key"])
        assert (answered.status_code, answered.headers["x-priority-used"]) == (200, "6")

        [listed] = [key for key in commands.json("model-key", "list")["keys"] if key["id"] == made["id"]]
        expected: dict[str, Any] = {
            "name": "Altsystem",
            "organisation": ORGANISATION,
            "team": "Revision",
            "state": "active",
        }
        expected |= {"aliases": ["synthesis-primary"], "max_priority": 6, "rpm": 2, "tpm": None, "parallel": None}
        expected |= {"budget_usd": 12.5, "spent_usd": 0.0, "expires_at": None, "revoked_at": None}
        assert expected.items() <= listed.items()
        assert made["key"] not in json.dumps(listed)

        assert commands.json("model-key", "revoke", made["id"]) == {"id": made["id"], "state": "revoked"}
        with psycopg.connect(owner) as connection:
            found = connection.execute(
                "SELECT 1 FROM authenticate_model_key(%s)", [keys.digest(made["key"])]
            ).fetchone()
        assert found is None

    def test_the_store_keeps_a_hash_and_people_read_one_line(self, commands: Commands, owner: str) -> None:
        key = commands.run("model-key", "create", "--organisation", ORGANISATION, "--name", "Zeile").stdout.strip()
        with psycopg.connect(owner) as connection:
            row = connection.execute(
                "SELECT id, row_to_json(k)::text FROM model_keys k WHERE key_hash = %s", [keys.digest(key)]
            ).fetchone()
        assert row is not None
        assert key not in row[1]
        [line] = [line for line in commands.run("model-key", "list").stdout.splitlines() if str(row[0]) in line]
        assert line.split("\t") == [str(row[0]), "active", ORGANISATION, "-", "Zeile", "up to LOW"]

    def test_a_key_can_end_by_itself(self, commands: Commands, owner: str) -> None:
        made = commands.json("model-key", "create", "--organisation", ORGANISATION, "--name", "kurz", "--days", "1")
        with psycopg.connect(owner) as connection:
            connection.execute("UPDATE model_keys SET expires_at = now() WHERE id = %s", [made["id"]])
        [listed] = [key for key in commands.json("model-key", "list")["keys"] if key["id"] == made["id"]]
        assert listed["state"] == "expired"

    @pytest.mark.parametrize(
        ("arguments", "error", "said"),
        [
            (["create", "--organisation", "A", "--name", "n", "--alias", "gpt-9"], "UnknownAlias", "synthesis-fast"),
            (["revoke", "b7f8a3b0-0000-4000-8000-000000000000"], "UnknownModelKey", "model-key list"),
            (["revoke", "none"], "UnknownModelKey", "model-key list"),
        ],
    )
    def test_what_does_not_exist_is_named(
        self, commands: Commands, arguments: list[str], error: str, said: str
    ) -> None:
        result = commands.run("model-key", *arguments, "--json")
        assert result.exit_code == 1
        failure = json.loads(result.stdout)["error"]
        assert failure["name"] == error
        assert said in failure["message"]

    @pytest.mark.parametrize("option", [["--rpm", "0"], ["--budget-usd", "-1"], ["--budget-usd", "viel"]])
    def test_a_limit_that_makes_no_sense_is_a_usage_error(self, commands: Commands, option: list[str]) -> None:
        result = commands.run("model-key", "create", "--organisation", "A", "--name", "n", *option)
        assert result.exit_code == 2
        assert option[0] in result.stderr


class TestTeams:
    def test_a_member_is_in_the_team_from_add_to_remove(self, commands: Commands, owner: str) -> None:
        made = keys.create(owner, organisation="Werk Nord", user="e@example.org")
        team = commands.json("team", "create", "Einkauf", "--organisation", "Werk Nord")
        assert team["members"] == []
        assert commands.json("team", "create", "Einkauf", "--organisation", "Werk Nord")["id"] == team["id"]

        place = ["--organisation", "Werk Nord", "--user", "e@example.org"]
        for name in ("Einkauf", team["id"]):  # the second time by its id; it changes nothing
            assert commands.json("team", "add", name, *place)["members"] == ["e@example.org"]
        assert self._teams_of(owner, made.key) == [team["id"]]
        [key] = [key for key in keys.listed(owner) if key.id == made.id]
        assert ([str(identifier) for identifier in key.team_ids], key.teams) == ([team["id"]], ["Einkauf"])
        assert f"{team['id']}\tWerk Nord\tEinkauf\te@example.org" in commands.run("team", "list").stdout

        assert commands.json("team", "remove", "Einkauf", *place)["members"] == []
        assert self._teams_of(owner, made.key) == []
        assert commands.run("team", "remove", "Einkauf", *place).exit_code == 1

    def test_a_team_of_another_organisation_is_unknown(self, commands: Commands) -> None:
        commands.json("team", "create", "Vertrieb", "--organisation", "Werk West")
        result = commands.run("team", "add", "Vertrieb", "--organisation", "Werk Nord", "--user", "x@example.org")
        assert result.exit_code == 1
        assert "'Werk Nord' has no team 'Vertrieb'" in result.stderr

    def _teams_of(self, owner: str, key: str) -> list[str]:
        with psycopg.connect(owner) as connection:
            row = connection.execute("SELECT team_ids FROM authenticate(%s)", [keys.digest(key)]).fetchone()
        assert row is not None
        return [str(team) for team in row[0]]
