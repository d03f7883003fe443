ALTER TABLE chunks ALTER COLUMN search SET STORAGE EXTENDED;
DROP INDEX chunks_words;
CREATE INDEX chunks_search ON chunks USING gin (search);
CREATE OR REPLACE FUNCTION worded_chunks(words text[], weights real[], most_rows integer, most integer)
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
