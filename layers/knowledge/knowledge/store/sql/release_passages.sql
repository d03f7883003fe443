WITH released AS (
    UPDATE chunks SET marked = NULL
    WHERE document_id = %(id)s AND marked IS NOT NULL AND (%(chunks)s::uuid[] IS NULL OR id = ANY (%(chunks)s::uuid[]))
    RETURNING org_id, scope, document_id, encode(sha256(convert_to(text, 'UTF8')), 'hex') AS text_sha256
), noted AS (
    INSERT INTO released_passages (org_id, scope, document_id, text_sha256)
    SELECT DISTINCT org_id, scope, document_id, text_sha256 FROM released
    ON CONFLICT DO NOTHING
)
SELECT count(*) AS released FROM released
