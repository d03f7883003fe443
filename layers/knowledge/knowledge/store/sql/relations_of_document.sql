SELECT r.source_key, r.relation, r.target_key, r.target, r.origin, r.confidence, r.char_from, r.char_to
FROM relations r
JOIN documents d ON d.id = r.document_id AND r.pipeline_version = coalesce(d.served_version, d.pipeline_version)
WHERE r.document_id = %(id)s
ORDER BY r.char_from, r.source_key, r.relation, r.target_key
