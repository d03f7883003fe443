-- The documents behind passages as they are now, as far as the asker may still see them.
SELECT c.id AS chunk_id, c.document_id, d.title, d.version, d.sha256, c.control_id, c.char_from, c.char_to,
       encode(sha256(convert_to(c.text, 'UTF8')), 'hex') AS text_sha256
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS asked (id, place)
JOIN chunks c ON c.id = asked.id
JOIN documents d ON d.id = c.document_id
ORDER BY asked.place
