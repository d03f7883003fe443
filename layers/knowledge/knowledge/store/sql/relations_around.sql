-- One hop from these keys, in both directions.
SELECT r.source_key, r.relation, r.target_key, r.target, r.origin, r.confidence, r.char_from, r.char_to, r.document_id
FROM relations r
JOIN documents d ON d.id = r.document_id AND d.current AND r.pipeline_version = d.served_version
WHERE r.source_key = ANY (%(keys)s) OR r.target_key = ANY (%(keys)s)
ORDER BY r.source_key, r.relation, r.target_key, r.document_id
LIMIT %(limit)s
