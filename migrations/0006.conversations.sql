-- depends: 0005.search

-- What a person asked in one go. Deleting it deletes its questions and answers.
CREATE TABLE conversations (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, org_id, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);

ALTER TABLE queries
    ADD COLUMN conversation_id uuid,
    -- Which release of the pipeline worked on it.
    ADD COLUMN pipeline_version text,
    -- What an equal question of somebody who sees the same documents has too; null where it must not be shared.
    ADD COLUMN cache_key text CHECK (cache_key ~ '^[0-9a-f]{64}$'),
    -- The question whose answer this one repeats, and what its stages took: [{stage, worked_ms, model, ...}].
    ADD COLUMN repeats uuid,
    ADD COLUMN repeated_stages jsonb,
    -- The composite key keeps a question out of another person's conversation.
    ADD FOREIGN KEY (conversation_id, org_id, user_id) REFERENCES conversations (id, org_id, user_id) ON DELETE CASCADE,
    ADD CHECK ((repeats IS NULL) = (repeated_stages IS NULL));
CREATE INDEX queries_by_conversation ON queries (conversation_id, created_at) WHERE conversation_id IS NOT NULL;
CREATE INDEX queries_repeating ON queries (repeats) WHERE repeats IS NOT NULL;

-- What the asker thought of an answer.
CREATE TABLE feedback (
    query_id uuid PRIMARY KEY,
    org_id uuid NOT NULL,
    user_id uuid NOT NULL,
    rating text NOT NULL CHECK (rating IN ('up', 'down')),
    comment text CHECK (char_length(comment) BETWEEN 1 AND 2000),
    rated_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (query_id, org_id, user_id) REFERENCES queries (id, org_id, user_id) ON DELETE CASCADE
);
CREATE INDEX feedback_by_organisation ON feedback (org_id, rated_at DESC);

-- How often what can be found in a scope has changed. An answer is remembered under the versions it was found with.
CREATE TABLE corpus_versions (
    org_id uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    scope text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (org_id, scope)
);

-- Deferred to the commit: the counter's row is the last lock a transaction takes, so that two of them never wait for
-- each other, and a whole run's changes are counted together with the run.
CREATE FUNCTION note_corpus_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    BEGIN
        INSERT INTO corpus_versions AS v (org_id, scope, version)
        SELECT changed.org_id, changed.scope, 1
        FROM (SELECT OLD.org_id, OLD.scope WHERE TG_OP <> 'INSERT' AND OLD.current
              UNION
              SELECT NEW.org_id, NEW.scope WHERE TG_OP <> 'DELETE' AND NEW.current) AS changed
        -- Documents that go with their organisation leave nothing to be counted.
        WHERE EXISTS (SELECT 1 FROM organisations o WHERE o.id = changed.org_id)
        ORDER BY changed.scope
        ON CONFLICT (org_id, scope) DO UPDATE SET version = v.version + 1;
        RETURN NULL;
    END
    $$;
REVOKE ALL ON FUNCTION note_corpus_change() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER document_comes_or_goes AFTER INSERT OR DELETE ON documents
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_corpus_change();
CREATE CONSTRAINT TRIGGER document_changes AFTER UPDATE ON documents
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.current, OLD.served_version, OLD.org_id, OLD.scope, OLD.title, OLD.type, OLD.language)
          IS DISTINCT FROM (NEW.current, NEW.served_version, NEW.org_id, NEW.scope, NEW.title, NEW.type, NEW.language))
    EXECUTE FUNCTION note_corpus_change();

-- The answer that is remembered under a key, whoever of the organisation asked first. The key is the permission: it is
-- made of the scopes the asker sees. Not one whose quotes were withdrawn, or that somebody has called bad.
CREATE FUNCTION known_answer(source uuid, key text)
    RETURNS TABLE (analysis jsonb, passages jsonb, draft jsonb, answer jsonb, stages jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT q.analysis, q.passages, q.draft, q.answer,
               (SELECT coalesce(jsonb_agg(to_jsonb(s) - '{query_id,org_id,user_id}'::text[]), '[]')
                FROM query_stages s WHERE s.query_id = q.id)
        FROM queries q
        WHERE q.id = source AND q.org_id = current_org() AND q.cache_key = key AND q.status = 'answered'
          AND q.repeats IS NULL AND NOT q.answer ? 'withdrawn'
          AND NOT EXISTS (SELECT 1 FROM query_stages s WHERE s.query_id = q.id AND s.degraded)
          AND NOT EXISTS (SELECT 1 FROM feedback f JOIN queries rated ON rated.id = f.query_id
                          WHERE f.rating = 'down' AND source IN (rated.id, rated.repeats))
    $$;
REVOKE ALL ON FUNCTION known_answer(uuid, text) FROM PUBLIC;

-- What a deleted document said does not stay in drafts, or in what validation struck out of them.
CREATE FUNCTION forget_drafts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE queries q
        SET draft = NULL, answer = q.answer || '{"changes": [], "follow_ups": []}'::jsonb
        WHERE q.org_id = OLD.org_id AND q.finished_at IS NOT NULL
          AND (q.passages @> jsonb_build_array(jsonb_build_object('document_id', OLD.id))
               OR (q.answer ? 'withdrawn' AND (q.answer -> 'changes' <> '[]' OR q.answer -> 'follow_ups' <> '[]')));
        RETURN NULL;
    END
    $$;
REVOKE ALL ON FUNCTION forget_drafts() FROM PUBLIC;
CREATE TRIGGER document_is_forgotten AFTER DELETE ON documents FOR EACH ROW EXECUTE FUNCTION forget_drafts();

ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE feedback ENABLE ROW LEVEL SECURITY;
ALTER TABLE corpus_versions ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_member ON conversations
    USING (org_id = (SELECT current_org()) AND user_id = (SELECT current_member()));
CREATE POLICY own_member ON feedback
    USING (org_id = (SELECT current_org()) AND user_id = (SELECT current_member()));
CREATE POLICY own_scope ON corpus_versions
    USING (org_id = (SELECT current_org()) AND scope = ANY ((SELECT current_scopes())::text[]));

INSERT INTO corpus_versions (org_id, scope, version) SELECT DISTINCT org_id, scope, 1 FROM documents WHERE current;

GRANT SELECT, INSERT, DELETE ON conversations TO wissen_app;
GRANT SELECT, INSERT, UPDATE ON feedback TO wissen_app;
GRANT SELECT ON corpus_versions TO wissen_app;
GRANT EXECUTE ON FUNCTION known_answer(uuid, text) TO wissen_app;
