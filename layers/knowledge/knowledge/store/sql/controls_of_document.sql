SELECT c.control_id, c.control_key, c.title, c.level, c.roles, c.domain, c.parent_key, c.withdrawn, c.edition, c.page_from,
       c.page_to, c.char_from, c.char_to, c.text, c.obligations, c.issues, c.origin, c.confidence
FROM controls c
JOIN documents d ON d.id = c.document_id AND c.pipeline_version = coalesce(d.served_version, d.pipeline_version)
WHERE c.document_id = %(id)s
ORDER BY c.char_from, c.control_key
