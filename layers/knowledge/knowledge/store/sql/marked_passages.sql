SELECT c.id AS chunk_id, c.marked AS category, c.heading_path, c.page_from, c.char_from, c.char_to, c.text
FROM chunks c
JOIN documents d ON d.id = c.document_id
WHERE c.document_id = %(id)s AND c.marked IS NOT NULL
  AND c.pipeline_version = coalesce(d.served_version, d.pipeline_version)
ORDER BY c.part, c.ordinal
