DROP FUNCTION worded_chunks(text[], real[], integer, integer);
DROP FUNCTION mean_words();
DROP FUNCTION weigh_words(text[], real[]);
DROP FUNCTION lexeme_query(text);
ALTER TABLE documents DROP COLUMN counted_version;
DROP TABLE corpora, lexemes;
-- delete_document() still calls count_words(): without counts there is nothing for it to do.
CREATE OR REPLACE FUNCTION count_words(counted uuid, run text) RETURNS void
    LANGUAGE sql RETURN NULL::void;
