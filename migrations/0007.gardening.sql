-- depends: 0005.search

-- What the spellings of one thing have in common; null until the gardener has seen the entity. It begins with the
-- version of the rule that made it.
ALTER TABLE entities ADD COLUMN spelling text;
CREATE INDEX entities_unseen ON entities (org_id, scope) WHERE spelling IS NULL;

-- What the model calls for a part cost, the vectors included, as far as its provider tells.
ALTER TABLE parts ADD COLUMN cost_usd numeric(12, 6) NOT NULL DEFAULT 0 CHECK (cost_usd >= 0);

-- How far the gardener has come with each scope of an organisation.
CREATE TABLE gardens (
    org_id uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    scope text NOT NULL CHECK (scope ~ '^(organisation|(team|user)\.[0-9a-f-]{36})$'),
    -- Which runs of which documents were current when this round began, see garden_state().
    state text NOT NULL,
    -- The control that was compared last: the next run goes on behind it. Null at the beginning of a round.
    compared_catalogue text,
    compared_key text,
    finished boolean NOT NULL DEFAULT false,
    merged integer NOT NULL DEFAULT 0,
    dropped integer NOT NULL DEFAULT 0,
    proposed integer NOT NULL DEFAULT 0,
    tended_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, scope),
    CHECK ((compared_catalogue IS NULL) = (compared_key IS NULL))
);

-- What a control's id is one of: the published standard of its document, the two editions of IT-Grundschutz apart.
CREATE FUNCTION catalogue_of(document_type text, control_key text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN document_type = 'bsi_grundschutz' AND control_key ~ '\.A\d+$' THEN 'bsi_kompendium'
                ELSE coalesce(document_type, 'unknown') END;

-- Each control once per catalogue, whichever of the documents that hold it came last, with the mean of its chunks'
-- vectors. Read under the reader's own policies.
CREATE VIEW compared_controls WITH (security_invoker = true) AS
    WITH latest AS (
        SELECT DISTINCT ON (catalogue_of(d.type, c.control_key), c.control_key)
               catalogue_of(d.type, c.control_key) AS catalogue, c.control_key, c.document_id, c.pipeline_version
        FROM controls c
        JOIN documents d ON d.id = c.document_id AND d.current AND d.served_version = c.pipeline_version
        WHERE NOT c.withdrawn
          -- What binds: ids in a whitepaper are examples.
          AND d.type IN ('bsi_grundschutz', 'bsi_c5', 'iso_27001', 'nist_csf', 'nist_800_53', 'policy')
        ORDER BY catalogue_of(d.type, c.control_key), c.control_key, d.created_at DESC, d.id
    )
    SELECT l.catalogue, l.control_key, l.document_id, l.pipeline_version, avg(k.embedding) AS vector
    FROM latest l
    JOIN chunks k ON k.document_id = l.document_id AND k.pipeline_version = l.pipeline_version
                 AND k.control_key = l.control_key
    GROUP BY l.catalogue, l.control_key, l.document_id, l.pipeline_version;

-- A text that changes whenever another document or another run answers in a scope. It is computed above the policies,
-- and given only to the two functions below.
CREATE FUNCTION garden_state(tended_org uuid, tended_scope text) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT coalesce(md5(string_agg(d.id::text || '/' || d.served_version, ',' ORDER BY d.id)), '')
        FROM documents d
        WHERE d.org_id = tended_org AND d.scope = tended_scope AND d.current
    $$;
REVOKE ALL ON FUNCTION garden_state(uuid, text) FROM PUBLIC;

-- Organisations with something to tend. It takes no asker, like authenticate(), and tells ids only.
CREATE FUNCTION organisations_to_tend() RETURNS TABLE (org_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT DISTINCT known.org_id
        FROM (SELECT DISTINCT d.org_id, d.scope FROM documents d WHERE d.current
              UNION
              SELECT g.org_id, g.scope FROM gardens g) AS known
        LEFT JOIN gardens g ON g.org_id = known.org_id AND g.scope = known.scope
        WHERE g.finished IS NOT TRUE OR g.state <> garden_state(known.org_id, known.scope)
        ORDER BY known.org_id
    $$;
REVOKE ALL ON FUNCTION organisations_to_tend() FROM PUBLIC;

-- The scopes of the one organisation a worker was sent to, and the state each is in now.
CREATE FUNCTION scopes_to_tend() RETURNS TABLE (scope text, state text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT known.scope, now_in.state
        FROM (SELECT DISTINCT d.scope FROM documents d WHERE d.current AND d.org_id = current_org()
              UNION
              SELECT g.scope FROM gardens g WHERE g.org_id = current_org()) AS known
        CROSS JOIN LATERAL (SELECT garden_state(current_org(), known.scope) AS state) AS now_in
        LEFT JOIN gardens g ON g.org_id = current_org() AND g.scope = known.scope
        WHERE g.finished IS NOT TRUE OR g.state <> now_in.state
        -- What everybody sees first, then what waits longest.
        ORDER BY known.scope <> 'organisation', g.tended_at NULLS FIRST, known.scope
    $$;
REVOKE ALL ON FUNCTION scopes_to_tend() FROM PUBLIC;

ALTER TABLE gardens ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_scope ON gardens
    USING (org_id = (SELECT current_org()) AND scope = ANY ((SELECT current_scopes())::text[]));

GRANT SELECT, INSERT, UPDATE ON gardens TO wissen_app;
GRANT SELECT ON compared_controls TO wissen_app;
GRANT EXECUTE ON FUNCTION organisations_to_tend(), scopes_to_tend(), catalogue_of(text, text) TO wissen_app;
