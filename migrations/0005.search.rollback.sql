DROP FUNCTION worded_chunks(text[], real[], integer, integer);
DROP FUNCTION mean_words();
DROP FUNCTION weigh_words(text[], real[]);
DROP FUNCTION lexeme_query(text);
ALTER TABLE documents DROP COLUMN counted_version;
DROP TABLE corpora, lexemes;
-- As 0003.graph has it, without a call of count_words().
CREATE OR REPLACE FUNCTION delete_document(doomed uuid) RETURNS boolean
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
DROP FUNCTION count_words(uuid, text);
