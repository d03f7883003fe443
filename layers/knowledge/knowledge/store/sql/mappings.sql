SELECT r.source_key, r.relation, r.target_key, r.target, r.origin, r.confidence, r.char_from, r.char_to, r.document_id
FROM relations r
JOIN documents d ON d.id = r.document_id AND d.current AND r.pipeline_version = d.served_version
WHERE r.relation = 'maps_to'
ORDER BY r.source_key, r.target_key, r.document_id
LIMIT %(limit)s
