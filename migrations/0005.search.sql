-- depends: 0003.graph
-- There is no 0004: the number was set aside and never used, and an applied migration keeps its name.

-- How many chunks of an organisation hold a word: what makes a rare word count more than a common one (BM25's inverse
-- document frequency; Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009). Words of private
-- documents are among them, so that no role but the owner reads these tables: no policy, no grant.
CREATE TABLE lexemes (
    org_id uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    lexeme text NOT NULL,
    chunks integer NOT NULL,
    PRIMARY KEY (org_id, lexeme)
);
CREATE INDEX lexemes_gone ON lexemes (org_id) WHERE chunks <= 0;
CREATE TABLE corpora (
    org_id uuid PRIMARY KEY REFERENCES organisations (id) ON DELETE CASCADE,
    chunks bigint NOT NULL,
    -- Distinct words over all chunks; divided by chunks the mean length BM25 wants.
    lexemes bigint NOT NULL
);
ALTER TABLE lexemes ENABLE ROW LEVEL SECURITY;
ALTER TABLE corpora ENABLE ROW LEVEL SECURITY;

-- The run of a document whose words are counted; null while none is.
ALTER TABLE documents ADD COLUMN counted_version text;

-- Count a document's words under another run, or under none (null). Called where a run begins or ends to answer.
CREATE FUNCTION count_words(counted uuid, run text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE
        known documents;
    BEGIN
        SELECT * INTO known FROM documents d
        WHERE d.id = counted AND d.org_id = current_org() AND d.scope = ANY (current_scopes());
        IF NOT FOUND OR known.counted_version IS NOT DISTINCT FROM run THEN
            RETURN;
        END IF;
        -- Two documents share most words: one at a time per organisation, or they would lock each other out.
        PERFORM pg_advisory_xact_lock(hashtextextended('words/' || known.org_id::text, 0));
        WITH changed AS (
            SELECT w.lexeme, CASE WHEN c.pipeline_version = run THEN 1 ELSE -1 END AS change
            FROM chunks c CROSS JOIN LATERAL unnest(c.search) AS w
            WHERE c.document_id = counted AND c.pipeline_version IN (run, known.counted_version)
        ),
        totals AS (
            INSERT INTO corpora AS t (org_id, chunks, lexemes)
            SELECT known.org_id,
                   (SELECT count(*) FILTER (WHERE c.pipeline_version = run)
                         - count(*) FILTER (WHERE c.pipeline_version = known.counted_version)
                    FROM chunks c WHERE c.document_id = counted),
                   (SELECT coalesce(sum(w.change), 0) FROM changed w)
            ON CONFLICT (org_id) DO UPDATE
            SET chunks = t.chunks + excluded.chunks, lexemes = t.lexemes + excluded.lexemes
        )
        INSERT INTO lexemes AS l (org_id, lexeme, chunks)
        SELECT known.org_id, w.lexeme, sum(w.change) FROM changed w GROUP BY w.lexeme HAVING sum(w.change) <> 0
        ON CONFLICT (org_id, lexeme) DO UPDATE SET chunks = l.chunks + excluded.chunks;
        -- A word that only a deleted document held must not stay behind.
        DELETE FROM lexemes l WHERE l.org_id = known.org_id AND l.chunks <= 0;
        UPDATE documents SET counted_version = run WHERE id = counted;
    END
    $$;
REVOKE ALL ON FUNCTION count_words(uuid, text) FROM PUBLIC;

-- A word as a query that matches exactly it.
CREATE FUNCTION lexeme_query(lexeme text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''')::tsquery;

-- What a question's words weigh in the asker's organisation. A word no chunk holds weighs most: a passage cannot
-- answer what it does not speak of.
CREATE FUNCTION weigh_words(words text[], weights real[])
    RETURNS TABLE (lexeme text, weight real, chunks integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT asked.lexeme,
               (asked.weight * ln(1 + (t.chunks - coalesce(l.chunks, 0) + 0.5) / (coalesce(l.chunks, 0) + 0.5)))::real,
               coalesce(l.chunks, 0)
        FROM unnest(words, weights) AS asked (lexeme, weight)
        JOIN corpora t ON t.org_id = current_org()
        LEFT JOIN lexemes l ON l.org_id = current_org() AND l.lexeme = asked.lexeme
    $$;
REVOKE ALL ON FUNCTION weigh_words(text[], real[]) FROM PUBLIC;

-- Distinct words in a chunk of the asker's organisation, on average.
CREATE FUNCTION mean_words() RETURNS real
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        SELECT coalesce((SELECT greatest(t.lexemes::real / nullif(t.chunks, 0), 1) FROM corpora t
                         WHERE t.org_id = current_org()), 1)
    $$;
REVOKE ALL ON FUNCTION mean_words() FROM PUBLIC;

-- The chunks that hold the rarest of a question's words. PostgreSQL does not use the index on `search` below a row
-- policy, because the operator @@ is not leakproof; so this function stands above the policies and repeats what they
-- say: the asker's organisation and scopes, nothing else.
CREATE FUNCTION worded_chunks(words text[], weights real[], most_rows integer, most integer)
    RETURNS TABLE (chunk_id uuid, score real)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE
        rare tsquery;
    BEGIN
        -- Rare words first, as long as the rows they bring stay within most_rows; the rarest in any case.
        SELECT string_agg(lexeme_query(w.lexeme)::text, ' | ')::tsquery INTO rare
        FROM (SELECT word.lexeme, word.chunks,
                     sum(word.chunks) OVER (ORDER BY word.chunks, word.lexeme) AS rows_so_far,
                     row_number() OVER (ORDER BY word.chunks, word.lexeme) AS place
              FROM weigh_words(words, weights) AS word
              WHERE word.chunks > 0) AS w
        WHERE w.rows_so_far <= most_rows OR w.place = 1;
        IF rare IS NULL THEN
            RETURN;
        END IF;
        RETURN QUERY
            WITH asked AS MATERIALIZED (
                SELECT lexeme_query(word.lexeme) AS query, word.weight FROM weigh_words(words, weights) AS word
                WHERE word.chunks > 0
            )
            SELECT c.id,
                   (SELECT sum(a.weight) FROM asked a WHERE c.search @@ a.query)::real AS total
            FROM chunks c
            WHERE c.org_id = current_org() AND c.scope = ANY (current_scopes()) AND c.search @@ rare
              AND EXISTS (SELECT 1 FROM documents d
                          WHERE d.id = c.document_id AND d.current AND d.served_version = c.pipeline_version)
            ORDER BY total DESC, c.id
            LIMIT most;
    END
    $$;
REVOKE ALL ON FUNCTION worded_chunks(text[], real[], integer, integer) FROM PUBLIC;

-- Deleting takes the document's words out of the count.
CREATE OR REPLACE FUNCTION delete_document(doomed uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    BEGIN
        PERFORM 1 FROM documents d
        WHERE d.id = doomed AND d.org_id = current_org() AND d.scope = ANY (current_scopes()) FOR UPDATE;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
        -- A draft may quote what its answer no longer does.
        UPDATE queries q SET draft = NULL
        WHERE q.org_id = current_org() AND q.passages @> jsonb_build_array(jsonb_build_object('document_id', doomed));
        UPDATE queries q
        SET draft = NULL, passages = NULL,
            answer = q.answer || '{"answer": "", "citations": [], "found": false, "follow_ups": [], "changes": [],
                                   "withdrawn": true}'::jsonb
        -- An answer that found nothing names the nearest sources without citing them.
        WHERE q.org_id = current_org()
          AND (q.answer -> 'citations' @> jsonb_build_array(jsonb_build_object('document_id', doomed))
               OR q.answer -> 'found' = 'false'
                  AND q.passages @> jsonb_build_array(jsonb_build_object('document_id', doomed)));
        PERFORM count_words(doomed, NULL);
        DELETE FROM documents WHERE id = doomed;
        -- What no other document of the scope names goes with it.
        DELETE FROM entities e
        WHERE e.org_id = current_org() AND NOT EXISTS (SELECT 1 FROM mentions m WHERE m.entity_id = e.id);
        RETURN true;
    END
    $$;

-- What was ingested before words were counted.
INSERT INTO lexemes (org_id, lexeme, chunks)
SELECT c.org_id, w.lexeme, count(*)
FROM chunks c
JOIN documents d ON d.id = c.document_id AND d.served_version = c.pipeline_version
CROSS JOIN LATERAL unnest(c.search) AS w
GROUP BY c.org_id, w.lexeme;
INSERT INTO corpora (org_id, chunks, lexemes)
SELECT c.org_id, count(*), coalesce(sum(length(c.search)), 0)
FROM chunks c
JOIN documents d ON d.id = c.document_id AND d.served_version = c.pipeline_version
GROUP BY c.org_id;
UPDATE documents SET counted_version = served_version WHERE served_version IS NOT NULL;

GRANT EXECUTE ON FUNCTION count_words(uuid, text), weigh_words(text[], real[]), mean_words(), lexeme_query(text),
    worded_chunks(text[], real[], integer, integer) TO wissen_app;
