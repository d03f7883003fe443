-- Every edition and copy the asker may see, the current versions of documents only.
SELECT c.control_id, c.control_key, c.title, c.level, c.roles, c.domain, c.parent_key, c.withdrawn, c.edition, c.page_from,
       c.page_to, c.char_from, c.char_to, c.text, c.obligations, c.issues, c.origin, c.confidence,
       c.document_id, d.title AS document_title
FROM controls c
JOIN documents d ON d.id = c.document_id AND d.current AND c.pipeline_version = d.served_version
WHERE c.control_key = %(key)s
ORDER BY d.created_at DESC, c.document_id
