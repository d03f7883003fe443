SELECT e.type, m.text, m.char_from, m.char_to, coalesce(into_entity.key, e.key) AS normalized, m.confidence, m.origin
FROM mentions m
JOIN entities e ON e.id = m.entity_id
LEFT JOIN entities into_entity ON into_entity.id = e.merged_into
JOIN documents d ON d.id = m.document_id AND m.pipeline_version = coalesce(d.served_version, d.pipeline_version)
WHERE m.document_id = %(id)s
ORDER BY m.char_from, e.type
