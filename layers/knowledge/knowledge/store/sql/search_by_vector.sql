-- Vector neighbours first, then a hard boost for the control asked for, then the words' best hits, which can
-- add candidates but hardly reorder them (reciprocal rank fusion, k = 10, vectors counting double).
-- Terms are OR-ed: a question's words never all stand in one passage.
WITH asked AS (
    SELECT replace(plainto_tsquery('german', %(question)s)::text, ' & ', ' | ')::tsquery
        || replace(plainto_tsquery('english', %(question)s)::text, ' & ', ' | ')::tsquery AS terms
),
near AS (
    SELECT id, row_number() OVER (ORDER BY distance) AS rank
    FROM (
        SELECT c.id, c.embedding::halfvec({dimensions}) <=> %(embedding)s::halfvec({dimensions}) AS distance
        FROM chunks c
        JOIN documents d ON d.id = c.document_id AND d.current
        WHERE c.dimensions = {dimensions} AND c.embedding_model = %(model)s
        ORDER BY distance
        LIMIT 40
    ) AS nearest
),
worded AS (
    SELECT c.id, row_number() OVER (ORDER BY ts_rank_cd(c.search, asked.terms, 32) DESC) AS rank
    FROM chunks c
    JOIN documents d ON d.id = c.document_id AND d.current
    CROSS JOIN asked
    WHERE c.search @@ asked.terms
    ORDER BY rank
    LIMIT 20
),
named AS (
    SELECT c.id
    FROM chunks c
    JOIN documents d ON d.id = c.document_id AND d.current
    WHERE c.control_key = ANY (%(keys)s)
),
scored AS (
    SELECT id,
           coalesce(max(score) FILTER (WHERE origin = 'near'), 0)
         + coalesce(max(score) FILTER (WHERE origin = 'worded'), 0)
         + coalesce(max(score) FILTER (WHERE origin = 'named'), 0) AS score
    FROM (
        SELECT id, 'near' AS origin, 2.0 / (10 + rank) AS score FROM near
        UNION ALL
        SELECT id, 'worded', 1.0 / (10 + rank) FROM worded
        UNION ALL
        SELECT id, 'named', 1.0 FROM named
    ) AS candidates
    GROUP BY id
)
SELECT c.id AS chunk_id, c.document_id, d.title, c.control_id, c.heading_path, c.page_from, c.page_to, c.page_breaks, c.char_from,
       c.text, c.language, s.score::float8 AS score
FROM scored s
JOIN chunks c ON c.id = s.id
JOIN documents d ON d.id = c.document_id
ORDER BY s.score DESC, c.document_id, c.part, c.ordinal
LIMIT %(limit)s
