-- depends: 0008.retrieval-speed

-- When a worker last began on it: what is in somebody's hands is not lost. It is no progress, since a worker that dies
-- of a part begins on it again and again.
ALTER TABLE parts ADD COLUMN begun_at timestamptz;
ALTER TABLE documents
    -- As parts.begun_at, of classification.
    ADD COLUMN begun_at timestamptz,
    -- When a new run of a searchable document was asked for; null once the run is planned or has failed.
    ADD COLUMN requested_at timestamptz,
    -- How often a person had it taken apart anew: each time is a run of its own, also under an unchanged release.
    ADD COLUMN reruns integer NOT NULL DEFAULT 0 CHECK (reruns >= 0),
    -- Whether the run in progress may replace the organisation's embedding model by the one that is set now.
    ADD COLUMN new_embedding boolean NOT NULL DEFAULT false,
    -- When its pending work was last sent again, and how often since it last got on.
    ADD COLUMN swept_at timestamptz,
    ADD COLUMN sweeps integer NOT NULL DEFAULT 0 CHECK (sweeps >= 0);

CREATE INDEX documents_unfinished ON documents (org_id)
    WHERE status IN ('awaiting_upload', 'classifying', 'extracting') OR requested_at IS NOT NULL
       OR served_version <> pipeline_version;

-- What is under way: the stage that has it, when it was last in somebody's hands, and how often it was sent again since
-- something came of it. Given to nobody but the two functions below.
CREATE VIEW unfinished_documents WITH (security_invoker = true) AS
    SELECT d.id, d.org_id, d.scope, d.status,
           CASE WHEN d.requested_at IS NOT NULL OR d.status IN ('awaiting_upload', 'classifying') THEN 'classify'
                ELSE 'extract' END AS stage,
           greatest(d.updated_at, d.begun_at, d.swept_at, run.done_at, run.begun_at) AS seen_at,
           CASE WHEN d.swept_at >= greatest(d.updated_at, run.done_at) THEN d.sweeps ELSE 0 END AS sweeps
    FROM documents d
    CROSS JOIN LATERAL (SELECT max(p.done_at) AS done_at, max(p.begun_at) AS begun_at
                        FROM parts p
                        WHERE p.document_id = d.id AND p.pipeline_version = d.pipeline_version) AS run
    WHERE (d.status IN ('awaiting_upload', 'classifying', 'extracting') OR d.requested_at IS NOT NULL
           OR d.served_version <> d.pipeline_version)
      -- A run that failed leaves its reason on a document that goes on answering from the run before.
      AND NOT (d.served_version IS NOT NULL AND d.requested_at IS NULL AND d.reason IS NOT NULL);

-- Organisations with documents of a stage that nobody has touched since a moment. It takes no asker, like
-- organisations_to_tend(), and tells ids only. One that waits for its owner's upload is looked at `tries` times.
CREATE FUNCTION organisations_standing_still(of_stage text, since timestamptz, tries integer)
    RETURNS TABLE (org_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT DISTINCT u.org_id
        FROM unfinished_documents u
        WHERE u.stage = of_stage AND u.seen_at < since AND (u.status <> 'awaiting_upload' OR u.sweeps < tries)
        ORDER BY u.org_id
    $$;
REVOKE ALL ON FUNCTION organisations_standing_still(text, timestamptz, integer) FROM PUBLIC;

-- Those documents of the one organisation a worker looks after: where each is to be worked on, and no more of it.
CREATE FUNCTION documents_standing_still(of_stage text, since timestamptz, tries integer, most integer)
    RETURNS TABLE (id uuid, scope text, sweeps integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT u.id, u.scope, u.sweeps
        FROM unfinished_documents u
        WHERE u.org_id = current_org() AND u.stage = of_stage AND u.seen_at < since
          AND (u.status <> 'awaiting_upload' OR u.sweeps < tries)
        ORDER BY u.seen_at, u.id
        LIMIT most
    $$;
REVOKE ALL ON FUNCTION documents_standing_still(text, timestamptz, integer, integer) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION organisations_standing_still(text, timestamptz, integer),
    documents_standing_still(text, timestamptz, integer, integer) TO wissen_app;
-- For a deliberate change of the embedding model, see embedding_spaces' own policy.
GRANT UPDATE ON embedding_spaces TO wissen_app;
