SELECT d.*,
       (SELECT count(*) FROM parts p WHERE p.document_id = d.id AND p.done_at IS NOT NULL) AS parts_done,
       (SELECT count(*) FROM chunks c WHERE c.document_id = d.id) AS chunks,
       (SELECT count(*) FROM controls c WHERE c.document_id = d.id) AS controls
FROM documents d
ORDER BY d.created_at DESC, d.id
LIMIT %(limit)s
