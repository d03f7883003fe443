-- depends: 0002.gateway

-- Documents: what classification and the ledger know beside the type.
ALTER TABLE documents
    -- The type a person chose; classification does not overrule it.
    ADD COLUMN type_override text,
    -- Where its bytes are in the bucket; the name may change later, the key does not.
    ADD COLUMN object_key text,
    ADD COLUMN type_alternatives jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN review text CHECK (review IN ('needed', 'done')),
    -- Keys of controls the document's own text promises, and those of them that were not found.
    ADD COLUMN expected_keys text[] NOT NULL DEFAULT '{}',
    ADD COLUMN missing_keys text[] NOT NULL DEFAULT '{}',
    ADD COLUMN warnings text[] NOT NULL DEFAULT '{}',
    -- Stretches its reader does not see: [{char_from, char_to, reason}].
    ADD COLUMN hidden jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}',
    -- The run whose rows answer questions; pipeline_version is the run in progress. They differ while a searchable
    -- document is taken apart anew, so that its old rows answer until the new ones are complete.
    ADD COLUMN served_version text;
UPDATE documents SET served_version = pipeline_version WHERE status = 'searchable';

ALTER TABLE documents
    DROP CONSTRAINT documents_status_check,
    DROP CONSTRAINT documents_check1,
    ADD CONSTRAINT documents_status_check
        CHECK (status IN ('awaiting_upload', 'classifying', 'extracting', 'searchable', 'searchable_with_gaps',
                          'failed', 'quarantined')),
    ADD CONSTRAINT documents_current_check CHECK (NOT current OR status IN ('searchable', 'searchable_with_gaps')),
    ADD CONSTRAINT documents_served_check
        CHECK (status NOT IN ('searchable', 'searchable_with_gaps') OR served_version IS NOT NULL);

-- Rows of two runs stand beside each other until the newer one is complete.
ALTER TABLE chunks DROP CONSTRAINT chunks_document_id_part_fkey;
ALTER TABLE chunks DROP CONSTRAINT chunks_document_id_part_ordinal_key;
ALTER TABLE controls DROP CONSTRAINT controls_document_id_part_fkey;
ALTER TABLE controls DROP CONSTRAINT controls_pkey;
ALTER TABLE parts DROP CONSTRAINT parts_pkey;
ALTER TABLE parts ADD PRIMARY KEY (document_id, pipeline_version, part);
ALTER TABLE chunks
    ADD UNIQUE (document_id, pipeline_version, part, ordinal),
    ADD FOREIGN KEY (document_id, pipeline_version, part) REFERENCES parts (document_id, pipeline_version, part)
        ON DELETE CASCADE;

ALTER TABLE controls RENAME COLUMN page TO page_from;
ALTER TABLE controls
    ADD COLUMN page_to integer,
    ADD COLUMN roles text[] NOT NULL DEFAULT '{}',
    ADD COLUMN domain text,
    ADD COLUMN parent_key text,
    ADD COLUMN withdrawn boolean NOT NULL DEFAULT false,
    ADD COLUMN edition text,
    ADD COLUMN text text NOT NULL DEFAULT '',
    ADD COLUMN obligations jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN issues text[] NOT NULL DEFAULT '{}',
    ADD PRIMARY KEY (document_id, pipeline_version, control_key),
    ADD FOREIGN KEY (document_id, pipeline_version, part) REFERENCES parts (document_id, pipeline_version, part)
        ON DELETE CASCADE;

-- An entity is known per scope: a name from a private document must not appear to others through the graph.
CREATE TABLE entities (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    scope text NOT NULL,
    type text NOT NULL
        CHECK (type IN ('STANDARD', 'CONTROL_ID', 'TECHNOLOGY', 'PROCESS', 'ROLE', 'ORGANIZATION')),
    key text NOT NULL CHECK (key <> ''),
    -- Set by the gardener where two spellings are the same thing.
    merged_into uuid REFERENCES entities (id) ON DELETE SET NULL,
    UNIQUE (org_id, scope, type, key)
);

CREATE TABLE mentions (
    document_id uuid NOT NULL,
    pipeline_version text NOT NULL,
    part integer NOT NULL,
    char_from integer NOT NULL,
    char_to integer NOT NULL CHECK (char_to > char_from),
    org_id uuid NOT NULL,
    scope text NOT NULL,
    entity_id uuid NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
    text text NOT NULL,
    confidence real NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    origin text NOT NULL CHECK (origin IN ('source', 'rule', 'model', 'similarity')),
    PRIMARY KEY (document_id, pipeline_version, char_from, entity_id),
    FOREIGN KEY (document_id, pipeline_version, part) REFERENCES parts (document_id, pipeline_version, part)
        ON DELETE CASCADE,
    FOREIGN KEY (document_id, org_id, scope) REFERENCES documents (id, org_id, scope)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX mentions_entity ON mentions (entity_id);

-- An edge leads from a control to a key. The other end needs no row: whichever document brings it, now or later,
-- is found by the key, so that nothing has to be linked anew when a document arrives.
CREATE TABLE relations (
    document_id uuid NOT NULL,
    pipeline_version text NOT NULL,
    part integer NOT NULL,
    source_key text NOT NULL,
    relation text NOT NULL
        CHECK (relation IN ('part_of', 'enhances', 'references', 'related', 'requires', 'responsible_role', 'maps_to',
                            'implements', 'supports', 'conflicts')),
    target_key text NOT NULL,
    target text NOT NULL,
    org_id uuid NOT NULL,
    scope text NOT NULL,
    origin text NOT NULL CHECK (origin IN ('source', 'rule', 'model', 'similarity')),
    confidence real NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    char_from integer NOT NULL,
    char_to integer NOT NULL,
    -- Proposed by the gardener: the document the target was found in. The edge goes when either document goes.
    target_document_id uuid,
    target_scope text,
    PRIMARY KEY (document_id, pipeline_version, source_key, relation, target_key),
    FOREIGN KEY (document_id, pipeline_version, part) REFERENCES parts (document_id, pipeline_version, part)
        ON DELETE CASCADE,
    FOREIGN KEY (document_id, org_id, scope) REFERENCES documents (id, org_id, scope)
        ON UPDATE CASCADE ON DELETE CASCADE,
    FOREIGN KEY (target_document_id, org_id, target_scope) REFERENCES documents (id, org_id, scope)
        ON UPDATE CASCADE ON DELETE CASCADE,
    CHECK ((target_document_id IS NULL) = (target_scope IS NULL))
);
CREATE INDEX relations_source ON relations (org_id, source_key);
CREATE INDEX relations_target ON relations (org_id, target_key);

-- How a question wants to be searched; others than hybrid exist for evaluation.
ALTER TABLE queries ADD COLUMN strategy text NOT NULL DEFAULT 'hybrid'
    CHECK (strategy IN ('hybrid', 'full_text', 'vector'));
-- What the asker restricted the search to: {document_ids, types, language, since}.
ALTER TABLE queries ADD COLUMN filters jsonb NOT NULL DEFAULT '{}';

-- Who did what. Append-only: the functions' role may only read it and call append_audit. Each row's hash covers the
-- row before it, so that a row changed or removed later shows.
CREATE TABLE audit_log (
    org_id uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    actor uuid,
    action text NOT NULL CHECK (action <> ''),
    subject text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    previous_hash text NOT NULL,
    hash text NOT NULL,
    PRIMARY KEY (org_id, seq)
);

CREATE FUNCTION audit_hash(previous_hash text, org_id uuid, seq bigint, at timestamptz, actor uuid, action text,
                           subject text, detail jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN encode(sha256(convert_to(
        jsonb_build_array(previous_hash, org_id, seq, extract(epoch FROM at), actor, action, subject, detail)::text,
        'UTF8')), 'hex');

CREATE FUNCTION append_audit(action text, subject text, detail jsonb) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE
        last audit_log;
        next_seq bigint;
        moment timestamptz := clock_timestamp();
    BEGIN
        -- One writer at a time per organisation: two rows must not follow the same row.
        PERFORM pg_advisory_xact_lock(hashtextextended('audit/' || current_org()::text, 0));
        SELECT * INTO last FROM audit_log a WHERE a.org_id = current_org() ORDER BY a.seq DESC LIMIT 1;
        next_seq := coalesce(last.seq, 0) + 1;
        INSERT INTO audit_log
        VALUES (current_org(), next_seq, moment, current_member(), action, subject, detail, coalesce(last.hash, ''),
                audit_hash(coalesce(last.hash, ''), current_org(), next_seq, moment, current_member(), action, subject,
                           detail));
        RETURN next_seq;
    END
    $$;
REVOKE ALL ON FUNCTION append_audit(text, text, jsonb) FROM PUBLIC;

-- Deleting a document takes its quotes out of the answers that cite it, whoever asked; the asker's own policy would
-- hide those rows from the one who deletes. It deletes only what the caller can see.
CREATE FUNCTION delete_document(doomed uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM 1 FROM documents d
        WHERE d.id = doomed AND d.org_id = current_org() AND d.scope = ANY (current_scopes()) FOR UPDATE;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
        UPDATE queries q
        SET draft = NULL, passages = NULL,
            answer = q.answer || '{"answer": "", "citations": [], "found": false, "withdrawn": true}'::jsonb
        WHERE q.org_id = current_org()
          AND q.answer -> 'citations' @> jsonb_build_array(jsonb_build_object('document_id', doomed));
        DELETE FROM documents WHERE id = doomed;
        -- What no other document of the scope names goes with it.
        DELETE FROM entities e
        WHERE e.org_id = current_org() AND NOT EXISTS (SELECT 1 FROM mentions m WHERE m.entity_id = e.id);
        RETURN true;
    END
    $$;
REVOKE ALL ON FUNCTION delete_document(uuid) FROM PUBLIC;

ALTER TABLE entities ENABLE ROW LEVEL SECURITY;
ALTER TABLE mentions ENABLE ROW LEVEL SECURITY;
ALTER TABLE relations ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_scope ON entities
    USING (org_id = (SELECT current_org()) AND scope = ANY ((SELECT current_scopes())::text[]));
CREATE POLICY own_scope ON mentions
    USING (org_id = (SELECT current_org()) AND scope = ANY ((SELECT current_scopes())::text[]));
CREATE POLICY own_scope ON relations
    USING (org_id = (SELECT current_org()) AND scope = ANY ((SELECT current_scopes())::text[])
           AND (target_scope IS NULL OR target_scope = ANY ((SELECT current_scopes())::text[])));
CREATE POLICY own_organisation ON audit_log FOR SELECT USING (org_id = (SELECT current_org()));

GRANT SELECT, INSERT, UPDATE, DELETE ON entities, mentions, relations TO wissen_app;
GRANT SELECT ON audit_log TO wissen_app;
GRANT EXECUTE ON FUNCTION append_audit(text, text, jsonb), delete_document(uuid) TO wissen_app;
