-- depends: 0007.gardening

-- What a search reads of many chunks stays in their rows; texts and vectors are moved out instead. Rows that are there
-- already stay as they are until they are written again.
ALTER TABLE chunks ALTER COLUMN search SET STORAGE MAIN;

-- The organisation is a word among the others, so that the index itself leaves out what other organisations have; an
-- index on two columns would need an extension that not every server has.
DROP INDEX chunks_search;
CREATE INDEX chunks_words ON chunks USING gin ((search || array_to_tsvector(ARRAY[org_id::text])));

-- The chunks that hold the rarest of a question's words, or two that are less rare; the best `most` of them by what
-- their words weigh. About `most_rows` rows are read, whatever a question holds: each costs some microseconds, and a
-- word that stands in every tenth chunk tells little alone. How many rows two words share is taken to be what it would
-- be if they had nothing to do with each other.
--
-- PostgreSQL does not use the index on `search` below a row policy, because the operator @@ is not leakproof; so this
-- function stands above the policies and repeats what they say: the asker's organisation and scopes, nothing else.
CREATE OR REPLACE FUNCTION worded_chunks(words text[], weights real[], most_rows integer, most integer)
    RETURNS TABLE (chunk_id uuid, score real)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DECLARE
        telling tsquery;
        total text;
    BEGIN
        WITH word AS (
            SELECT w.lexeme, w.weight, w.chunks,
                   row_number() OVER rarest = 1 OR sum(w.chunks) OVER rarest <= most_rows AS alone,
                   row_number() OVER rarest AS place
            FROM weigh_words(words, weights) AS w
            WHERE w.chunks > 0
            WINDOW rarest AS (ORDER BY w.chunks, w.lexeme)
        ),
        pair AS (
            SELECT a.lexeme AS one, b.lexeme AS other,
                   sum(a.chunks::real * b.chunks / t.chunks)
                       OVER (ORDER BY a.chunks::real * b.chunks, a.place, b.place) AS rows_so_far
            FROM word a
            JOIN word b ON b.place > a.place
            JOIN corpora t ON t.org_id = current_org()
            WHERE NOT a.alone
        )
        SELECT (SELECT string_agg(sought, ' | ')
                FROM (SELECT lexeme_query(w.lexeme)::text FROM word w WHERE w.alone
                      UNION ALL
                      SELECT (lexeme_query(p.one) && lexeme_query(p.other))::text
                      FROM pair p WHERE p.rows_so_far <= most_rows) AS part (sought))::tsquery,
               -- Each word is looked for in the row that was read once; a query for each would read the row again.
               (SELECT string_agg(format('CASE WHEN c.words @@ %L::tsquery THEN %s::real ELSE 0 END',
                                         lexeme_query(w.lexeme), w.weight), ' + ') FROM word w)
        INTO telling, total;
        IF telling IS NULL THEN
            RETURN;
        END IF;
        telling := telling && lexeme_query(current_org()::text);
        RETURN QUERY EXECUTE format(
            $query$
            SELECT c.id, (%s)::real AS total
            FROM (SELECT x.id, x.document_id, x.pipeline_version, x.search || ''::tsvector AS words
                  FROM chunks x
                  WHERE x.org_id = (SELECT current_org()) AND x.scope = ANY ((SELECT current_scopes())::text[])
                    AND (x.search || array_to_tsvector(ARRAY[x.org_id::text])) @@ $1
                  OFFSET 0) AS c
            WHERE EXISTS (SELECT 1 FROM documents d
                          WHERE d.id = c.document_id AND d.current AND d.served_version = c.pipeline_version)
            ORDER BY total DESC, c.id
            LIMIT $2
            $query$, total) USING telling, most;
    END
    $$;
