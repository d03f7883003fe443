WITH place AS (SELECT %(document_id)s::uuid AS document_id, %(pipeline_version)s AS version, %(part)s::integer AS part),
gone_chunks AS (
    DELETE FROM chunks c USING place p
    WHERE c.document_id = p.document_id AND c.pipeline_version = p.version AND c.part = p.part
),
gone_mentions AS (
    DELETE FROM mentions m USING place p
    WHERE m.document_id = p.document_id AND m.pipeline_version = p.version AND m.part = p.part
)
DELETE FROM relations r USING place p
WHERE r.document_id = p.document_id AND r.pipeline_version = p.version AND r.part = p.part
