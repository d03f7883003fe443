-- Passages by id, the first of them with their neighbours of the same control, or of the same section where there is
-- no control. A chunk's neighbours in the text are its neighbours by number. Where a control is part of another one,
-- part_of says what that is about: its title if the headings do not, and its beginning if the passage is short. It is
-- taken from a chunk, because only chunks are free of text that a reader does not see. Marked passages are left out:
-- what comes from here enters prompts.
SELECT c.id AS chunk_id, c.document_id, d.title, d.type, c.control_id, c.heading_path, c.page_from, c.page_to,
       c.page_breaks, c.char_from, c.text, c.language, asked.place, above.part_of
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS asked (id, place)
JOIN chunks hit ON hit.id = asked.id AND hit.marked IS NULL
CROSS JOIN LATERAL (SELECT CASE WHEN asked.place <= %(widened)s THEN %(reach)s ELSE 0 END AS reach) AS around
JOIN chunks c ON c.document_id = hit.document_id AND c.part = hit.part
             AND c.ordinal BETWEEN hit.ordinal - around.reach AND hit.ordinal + around.reach
             AND c.pipeline_version = hit.pipeline_version AND c.marked IS NULL
             AND c.control_key IS NOT DISTINCT FROM hit.control_key
             AND (c.control_key IS NOT NULL OR c.heading = hit.heading)
JOIN documents d ON d.id = c.document_id
LEFT JOIN LATERAL (
    SELECT CASE WHEN char_length(hit.text) < 400 THEN left(opening.text, 300)
                WHEN position(parent.title IN hit.heading) = 0 THEN parent.control_id || ' ' || parent.title END AS part_of
    FROM controls child
    JOIN controls parent ON parent.document_id = child.document_id AND parent.pipeline_version = child.pipeline_version
                        AND parent.control_key = child.parent_key
    JOIN chunks opening ON opening.document_id = parent.document_id AND opening.pipeline_version = parent.pipeline_version
                       AND opening.control_key = parent.control_key AND opening.marked IS NULL
    WHERE child.document_id = hit.document_id AND child.pipeline_version = hit.pipeline_version
      AND child.control_key = hit.control_key
    ORDER BY opening.part, opening.ordinal
    LIMIT 1
) AS above ON true
ORDER BY asked.place, c.ordinal
