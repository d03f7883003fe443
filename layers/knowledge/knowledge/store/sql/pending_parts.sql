-- Of the run in progress; a message of an older run finds nothing left to do.
SELECT p.part
FROM parts p
JOIN documents d ON d.id = p.document_id AND d.pipeline_version = p.pipeline_version
WHERE p.document_id = %(id)s AND p.pipeline_version = %(pipeline_version)s AND p.done_at IS NULL
ORDER BY p.part
