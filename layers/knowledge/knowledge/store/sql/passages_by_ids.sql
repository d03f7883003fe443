SELECT c.id AS chunk_id, c.document_id, d.title, d.type, c.control_id, c.heading_path, c.page_from, c.page_to, c.page_breaks, c.char_from,
       c.text, c.language
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS asked (id, place)
JOIN chunks c ON c.id = asked.id
JOIN documents d ON d.id = c.document_id
ORDER BY asked.place
