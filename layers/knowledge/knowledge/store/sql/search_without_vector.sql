-- What is left when no embedding can be had: the control asked for, then the words' best hits.
WITH asked AS (
    SELECT replace(plainto_tsquery('german', %(question)s)::text, ' & ', ' | ')::tsquery
        || replace(plainto_tsquery('english', %(question)s)::text, ' & ', ' | ')::tsquery AS terms
),
scored AS (
    SELECT c.id,
           ts_rank_cd(c.search, asked.terms, 32)
         + CASE WHEN c.control_key = ANY (%(keys)s) THEN 1.0 ELSE 0.0 END AS score
    FROM chunks c
    JOIN documents d ON d.id = c.document_id AND d.current
    CROSS JOIN asked
    WHERE c.search @@ asked.terms OR c.control_key = ANY (%(keys)s)
)
SELECT c.id AS chunk_id, c.document_id, d.title, c.control_id, c.heading_path, c.page_from, c.page_to, c.page_breaks, c.char_from,
       c.text, c.language, s.score::float8 AS score
FROM scored s
JOIN chunks c ON c.id = s.id
JOIN documents d ON d.id = c.document_id
ORDER BY s.score DESC, c.document_id, c.part, c.ordinal
LIMIT %(limit)s
