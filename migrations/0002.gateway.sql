-- depends: 0001.core

-- Keys of the model gateway. A caller with one reaches the models behind the proxy, never a document.
CREATE TABLE model_keys (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    org_id uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    team_id uuid,
    name text NOT NULL CHECK (name <> ''),
    -- As api_keys.key_hash: SHA-256 of the whole key in hexadecimal.
    key_hash text NOT NULL UNIQUE CHECK (key_hash ~ '^[0-9a-f]{64}$'),
    -- Aliases it may call; null means all.
    aliases text[] CHECK (cardinality(aliases) > 0),
    -- The most urgent tier it may ask for: 10 CRITICAL, 8 HIGH, 6 MEDIUM, 4 LOW, 2 BATCH.
    max_priority integer NOT NULL DEFAULT 4 CHECK (max_priority IN (2, 4, 6, 8, 10)),
    rpm integer CHECK (rpm > 0),
    tpm integer CHECK (tpm > 0),
    parallel integer CHECK (parallel > 0),
    -- For a calendar month, UTC.
    budget_usd numeric(12, 6) CHECK (budget_usd >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    FOREIGN KEY (org_id, team_id) REFERENCES teams (org_id, id) ON DELETE CASCADE
);

-- One row for each finished request at the gateway, without anything that was asked or answered.
CREATE TABLE model_calls (
    -- Made by the proxy, so that a write can be repeated. call_id is the caller's to choose and need not be unique.
    id uuid PRIMARY KEY,
    call_id text NOT NULL,
    at timestamptz NOT NULL,
    org_id uuid REFERENCES organisations (id) ON DELETE CASCADE,
    team_id uuid,
    user_id uuid,
    query_id uuid,
    key_id uuid REFERENCES model_keys (id) ON DELETE SET NULL,
    purpose text NOT NULL,
    alias text NOT NULL,
    model text NOT NULL,
    prompt_tokens integer NOT NULL CHECK (prompt_tokens >= 0),
    completion_tokens integer NOT NULL CHECK (completion_tokens >= 0),
    cost_usd numeric(14, 8) NOT NULL CHECK (cost_usd >= 0),
    latency_ms integer NOT NULL CHECK (latency_ms >= 0),
    -- 'ok' or the name of the error.
    outcome text NOT NULL,
    -- What the guardrails noticed, as 'injection:prompt_leak' or 'pii:IBAN'.
    marks text[] NOT NULL DEFAULT '{}',
    FOREIGN KEY (org_id, team_id) REFERENCES teams (org_id, id) ON DELETE SET NULL (team_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE SET NULL (user_id)
);
CREATE INDEX model_calls_by_organisation ON model_calls (org_id, at DESC);
CREATE INDEX model_calls_by_call ON model_calls (call_id);
CREATE INDEX model_calls_spend ON model_calls (key_id, at) INCLUDE (cost_usd) WHERE key_id IS NOT NULL;

-- Who a key belongs to, its limits, and what it has spent of this month's budget (0 where it has no budget: the sum
-- is not needed). Takes the hash, so it cannot list keys.
CREATE FUNCTION authenticate_model_key(presented_hash text)
    RETURNS TABLE (
        key_id uuid, org_id uuid, team_id uuid, name text, aliases text[], max_priority integer,
        rpm integer, tpm integer, parallel integer, budget_usd numeric, expires_at timestamptz, spent_usd numeric
    )
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT k.id, k.org_id, k.team_id, k.name, k.aliases, k.max_priority, k.rpm, k.tpm, k.parallel, k.budget_usd,
               k.expires_at,
               CASE WHEN k.budget_usd IS NULL THEN 0 ELSE (
                   SELECT coalesce(sum(c.cost_usd), 0) FROM model_calls c
                   WHERE c.key_id = k.id AND c.at >= date_trunc('month', now(), 'UTC')
               ) END
        FROM model_keys k
        WHERE k.key_hash = presented_hash
          AND k.revoked_at IS NULL
          AND (k.expires_at IS NULL OR k.expires_at > now())
    $$;

-- Names that mean nothing here (a deleted organisation, another one's team) become null: the call happened all the
-- same, and its cost must not be lost. A row that is there already is left alone: the write was repeated.
CREATE FUNCTION record_model_call(
    id uuid, call_id text, at timestamptz, org_id uuid, team_id uuid, user_id uuid, query_id uuid, key_id uuid,
    purpose text, alias text, model text, prompt_tokens integer, completion_tokens integer, cost_usd numeric,
    latency_ms integer, outcome text, marks text[]
)
    RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        INSERT INTO model_calls (
            id, call_id, at, org_id, team_id, user_id, query_id, key_id, purpose, alias, model,
            prompt_tokens, completion_tokens, cost_usd, latency_ms, outcome, marks
        )
        SELECT $1, $2, $3,
               (SELECT o.id FROM organisations o WHERE o.id = $4),
               (SELECT t.id FROM teams t WHERE t.org_id = $4 AND t.id = $5),
               (SELECT u.id FROM users u WHERE u.org_id = $4 AND u.id = $6),
               $7,
               (SELECT k.id FROM model_keys k WHERE k.id = $8),
               $9, $10, $11, $12, $13, $14, $15, $16, $17
        ON CONFLICT DO NOTHING
    $$;

REVOKE ALL ON FUNCTION authenticate_model_key(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION record_model_call(
    uuid, text, timestamptz, uuid, uuid, uuid, uuid, uuid, text, text, text, integer, integer, numeric, integer, text,
    text[]
) FROM PUBLIC;

ALTER TABLE model_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE model_calls ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON model_keys USING (org_id = (SELECT current_org()));
CREATE POLICY own_organisation ON model_calls USING (org_id = (SELECT current_org()));

-- Everything of a key but its hash.
GRANT SELECT (id, org_id, team_id, name, aliases, max_priority, rpm, tpm, parallel, budget_usd, created_at, expires_at,
    revoked_at) ON model_keys TO wissen_app;
GRANT SELECT ON model_calls TO wissen_app;

-- The proxy's role may do these two things and nothing else: it reads no table.
GRANT USAGE ON SCHEMA public TO wissen_gateway;
GRANT EXECUTE ON FUNCTION authenticate_model_key(text) TO wissen_gateway;
GRANT EXECUTE ON FUNCTION record_model_call(
    uuid, text, timestamptz, uuid, uuid, uuid, uuid, uuid, text, text, text, integer, integer, numeric, integer, text,
    text[]
) TO wissen_gateway;
