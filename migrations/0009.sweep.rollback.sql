REVOKE UPDATE ON embedding_spaces FROM wissen_app;
DROP FUNCTION documents_standing_still(text, timestamptz, integer, integer);
DROP FUNCTION organisations_standing_still(text, timestamptz, integer);
DROP VIEW unfinished_documents;
DROP INDEX documents_unfinished;
ALTER TABLE documents DROP COLUMN begun_at, DROP COLUMN requested_at, DROP COLUMN reruns, DROP COLUMN new_embedding,
    DROP COLUMN swept_at, DROP COLUMN sweeps;
ALTER TABLE parts DROP COLUMN begun_at;
