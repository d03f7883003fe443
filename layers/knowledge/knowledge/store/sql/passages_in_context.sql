-- Passages by id, the first of them with their neighbours of the same control, or of the same section where there is
-- no control. A chunk's neighbours in the text are its neighbours by number.
SELECT c.id AS chunk_id, c.document_id, d.title, d.type, c.control_id, c.heading_path, c.page_from, c.page_to,
       c.page_breaks, c.char_from, c.text, c.language, asked.place
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS asked (id, place)
JOIN chunks hit ON hit.id = asked.id
CROSS JOIN LATERAL (SELECT CASE WHEN asked.place <= %(widened)s THEN %(reach)s ELSE 0 END AS reach) AS around
JOIN chunks c ON c.document_id = hit.document_id AND c.part = hit.part
             AND c.ordinal BETWEEN hit.ordinal - around.reach AND hit.ordinal + around.reach
             AND c.pipeline_version = hit.pipeline_version
             AND c.control_key IS NOT DISTINCT FROM hit.control_key
             AND (c.control_key IS NOT NULL OR c.heading = hit.heading)
JOIN documents d ON d.id = c.document_id
ORDER BY asked.place, c.ordinal
