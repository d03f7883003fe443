-- depends:

-- Who is asking is a property of the transaction, set by the store before anything else runs:
-- wissen.org_id, wissen.user_id and wissen.scopes. Unset means nobody, and nobody sees nothing.
CREATE FUNCTION current_org() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('wissen.org_id', true), '')::uuid;

CREATE FUNCTION current_member() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('wissen.user_id', true), '')::uuid;

-- A scope is 'organisation', 'team.<uuid>' or 'user.<uuid>'.
CREATE FUNCTION current_scopes() RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(nullif(current_setting('wissen.scopes', true), ''), '{}')::text[];

CREATE TABLE organisations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    org_id uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    email text NOT NULL CHECK (email <> ''),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (org_id, email),
    UNIQUE (org_id, id)
);

CREATE TABLE teams (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    org_id uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (org_id, name),
    UNIQUE (org_id, id)
);

-- The composite keys make it impossible to put a user into another organisation's team.
CREATE TABLE memberships (
    org_id uuid NOT NULL,
    team_id uuid NOT NULL,
    user_id uuid NOT NULL,
    PRIMARY KEY (team_id, user_id),
    FOREIGN KEY (org_id, team_id) REFERENCES teams (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    org_id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    -- SHA-256 of the whole key in hexadecimal: the key has 256 random bits, so a slow hash adds nothing.
    key_hash text NOT NULL UNIQUE CHECK (key_hash ~ '^[0-9a-f]{64}$'),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);

CREATE TABLE documents (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    scope text NOT NULL CHECK (scope ~ '^(organisation|(team|user)\.[0-9a-f-]{36})$'),
    uploaded_by uuid,
    name text NOT NULL CHECK (name <> ''),
    version integer NOT NULL CHECK (version > 0),
    -- The version that answers questions. Set when a version becomes searchable, never before.
    current boolean NOT NULL DEFAULT false,
    title text NOT NULL,
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size bigint NOT NULL CHECK (size > 0),
    status text NOT NULL DEFAULT 'awaiting_upload'
        CHECK (status IN ('awaiting_upload', 'classifying', 'extracting', 'searchable', 'failed', 'quarantined')),
    reason text,
    mime_type text,
    language text,
    type text,
    type_confidence real,
    type_reasoning text,
    pages integer,
    parts_planned integer,
    pipeline_version text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, org_id, scope),
    UNIQUE (org_id, scope, name, version),
    CHECK (status NOT IN ('failed', 'quarantined') OR reason IS NOT NULL),
    CHECK (NOT current OR status = 'searchable')
);
CREATE UNIQUE INDEX documents_one_current ON documents (org_id, scope, name) WHERE current;

CREATE TABLE parts (
    document_id uuid NOT NULL,
    org_id uuid NOT NULL,
    scope text NOT NULL,
    part integer NOT NULL CHECK (part >= 0),
    pipeline_version text NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (document_id, part),
    FOREIGN KEY (document_id, org_id, scope) REFERENCES documents (id, org_id, scope)
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- org_id and scope are repeated on every row that carries content, so that a policy needs no join; the
-- foreign key keeps the copy equal to the document's, whoever changes it.
CREATE TABLE chunks (
    id uuid PRIMARY KEY,
    document_id uuid NOT NULL,
    org_id uuid NOT NULL,
    scope text NOT NULL,
    part integer NOT NULL,
    ordinal integer NOT NULL,
    pipeline_version text NOT NULL,
    text text NOT NULL,
    heading_path text[] NOT NULL,
    heading text NOT NULL,
    control_id text,
    control_key text,
    mentioned_keys text[] NOT NULL DEFAULT '{}',
    page_from integer,
    page_to integer,
    -- Where in the document's text the pages after page_from begin: a quote's page is exact.
    page_breaks integer[] NOT NULL DEFAULT '{}',
    char_from integer NOT NULL,
    char_to integer NOT NULL,
    language text NOT NULL CHECK (language IN ('de', 'en')),
    search tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector(CASE language WHEN 'de' THEN 'german'::regconfig ELSE 'english'::regconfig END, heading), 'A')
        || to_tsvector(CASE language WHEN 'de' THEN 'german'::regconfig ELSE 'english'::regconfig END, text)
    ) STORED,
    embedding_model text NOT NULL,
    dimensions integer NOT NULL,
    embedding halfvec NOT NULL,
    UNIQUE (document_id, part, ordinal),
    CHECK (char_to > char_from AND char_length(text) = char_to - char_from),
    CHECK (vector_dims(embedding) = dimensions),
    FOREIGN KEY (document_id, part) REFERENCES parts (document_id, part) ON DELETE CASCADE,
    FOREIGN KEY (document_id, org_id, scope) REFERENCES documents (id, org_id, scope)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX chunks_control ON chunks (org_id, control_key) WHERE control_key IS NOT NULL;
CREATE INDEX chunks_search ON chunks USING gin (search);
-- One partial index for each dimension in use: 384 for the offline model, 1536 for text-embedding-3-small.
CREATE INDEX chunks_embedding_384 ON chunks
    USING hnsw ((embedding::halfvec(384)) halfvec_cosine_ops) WHERE dimensions = 384;
CREATE INDEX chunks_embedding_1536 ON chunks
    USING hnsw ((embedding::halfvec(1536)) halfvec_cosine_ops) WHERE dimensions = 1536;

CREATE TABLE controls (
    document_id uuid NOT NULL,
    control_key text NOT NULL,
    org_id uuid NOT NULL,
    scope text NOT NULL,
    part integer NOT NULL,
    control_id text NOT NULL,
    title text NOT NULL,
    level text,
    page integer,
    char_from integer NOT NULL,
    char_to integer NOT NULL,
    pipeline_version text NOT NULL,
    PRIMARY KEY (document_id, control_key),
    FOREIGN KEY (document_id, part) REFERENCES parts (document_id, part) ON DELETE CASCADE,
    FOREIGN KEY (document_id, org_id, scope) REFERENCES documents (id, org_id, scope)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX controls_key ON controls (org_id, control_key);

-- Vectors of two models cannot be compared: the first one stored decides for the organisation.
CREATE TABLE embedding_spaces (
    org_id uuid PRIMARY KEY REFERENCES organisations (id) ON DELETE CASCADE,
    model text NOT NULL,
    dimensions integer NOT NULL CHECK (dimensions IN (384, 1536))
);

CREATE TABLE queries (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL,
    user_id uuid NOT NULL,
    question text NOT NULL CHECK (char_length(question) BETWEEN 1 AND 8000),
    language text CHECK (language IN ('de', 'en')),
    status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'answered', 'failed')),
    analysis jsonb,
    passages jsonb,
    draft jsonb,
    answer jsonb,
    error_name text,
    error_detail text,
    created_at timestamptz NOT NULL DEFAULT now(),
    deadline_at timestamptz NOT NULL,
    finished_at timestamptz,
    UNIQUE (id, org_id, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE,
    CHECK (status <> 'failed' OR error_name IS NOT NULL),
    CHECK (status <> 'answered' OR answer IS NOT NULL)
);
CREATE INDEX queries_by_user ON queries (org_id, user_id, created_at DESC);

CREATE TABLE query_stages (
    query_id uuid NOT NULL,
    stage text NOT NULL CHECK (stage IN ('intent', 'retrieve', 'synthesize', 'validate')),
    org_id uuid NOT NULL,
    user_id uuid NOT NULL,
    queued_ms real NOT NULL,
    worked_ms real NOT NULL,
    degraded boolean NOT NULL DEFAULT false,
    model text,
    prompt_tokens integer NOT NULL DEFAULT 0,
    completion_tokens integer NOT NULL DEFAULT 0,
    cost_usd numeric(12, 6) NOT NULL DEFAULT 0,
    PRIMARY KEY (query_id, stage),
    FOREIGN KEY (query_id, org_id, user_id) REFERENCES queries (id, org_id, user_id) ON DELETE CASCADE
);

-- The one look-up that happens before anybody is known. It takes the hash, so it cannot list keys.
CREATE FUNCTION authenticate(presented_hash text)
    RETURNS TABLE (key_id uuid, org_id uuid, user_id uuid, team_ids uuid[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT k.id, k.org_id, k.user_id,
               ARRAY(SELECT m.team_id FROM memberships m WHERE m.user_id = k.user_id AND m.org_id = k.org_id)
        FROM api_keys k
        WHERE k.key_hash = presented_hash
          AND k.revoked_at IS NULL
          AND (k.expires_at IS NULL OR k.expires_at > now())
    $$;
REVOKE ALL ON FUNCTION authenticate(text) FROM PUBLIC;

ALTER TABLE organisations ENABLE ROW LEVEL SECURITY;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE teams ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE parts ENABLE ROW LEVEL SECURITY;
ALTER TABLE chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE controls ENABLE ROW LEVEL SECURITY;
ALTER TABLE embedding_spaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE queries ENABLE ROW LEVEL SECURITY;
ALTER TABLE query_stages ENABLE ROW LEVEL SECURITY;

-- (SELECT f()) is evaluated once per statement, f() once per row.
CREATE POLICY own_organisation ON organisations USING (id = (SELECT current_org()));
CREATE POLICY own_organisation ON users USING (org_id = (SELECT current_org()));
CREATE POLICY own_organisation ON teams USING (org_id = (SELECT current_org()));
CREATE POLICY own_organisation ON memberships USING (org_id = (SELECT current_org()));
CREATE POLICY own_organisation ON embedding_spaces USING (org_id = (SELECT current_org()));
CREATE POLICY own_scope ON documents
    USING (org_id = (SELECT current_org()) AND scope = ANY ((SELECT current_scopes())::text[]));
CREATE POLICY own_scope ON parts
    USING (org_id = (SELECT current_org()) AND scope = ANY ((SELECT current_scopes())::text[]));
CREATE POLICY own_scope ON chunks
    USING (org_id = (SELECT current_org()) AND scope = ANY ((SELECT current_scopes())::text[]));
CREATE POLICY own_scope ON controls
    USING (org_id = (SELECT current_org()) AND scope = ANY ((SELECT current_scopes())::text[]));
CREATE POLICY own_question ON queries
    USING (org_id = (SELECT current_org()) AND user_id = (SELECT current_member()));
CREATE POLICY own_question ON query_stages
    USING (org_id = (SELECT current_org()) AND user_id = (SELECT current_member()));

GRANT USAGE ON SCHEMA public TO wissen_app;
GRANT EXECUTE ON FUNCTION authenticate(text) TO wissen_app;
GRANT SELECT ON organisations, users, teams, memberships TO wissen_app;
GRANT SELECT, INSERT ON embedding_spaces TO wissen_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON documents, parts, chunks, controls TO wissen_app;
GRANT SELECT, INSERT, UPDATE ON queries, query_stages TO wissen_app;
