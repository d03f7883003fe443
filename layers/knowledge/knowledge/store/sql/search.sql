-- Candidates: the nearest in meaning, those with the question's rarest words, the control asked for by its id. All
-- candidates are then scored alike: similarity to the question, plus BM25 over every word of the question as a share of
-- the best candidate's, plus a bonus for the control asked for and for documents of the standard asked for. One passage per
-- control or section; ADR 13 has the figures that chose the weights. Nothing here filters by scope: the row policies
-- own_scope (0001.core) and worded_chunks() (0008.retrieval-speed) hide the chunks that the asker may not see.
WITH asked AS (
    SELECT word.lexeme, max(word.weight)::real AS weight
    FROM (
        SELECT lexeme, 1.0 AS weight FROM unnest(to_tsvector('german', %(question)s) || to_tsvector('english', %(question)s))
        UNION ALL
        SELECT w.lexeme, %(expansion_weight)s FROM unnest(%(expansion)s::text[]) AS term
        CROSS JOIN LATERAL unnest(to_tsvector('german', term) || to_tsvector('english', term)) AS w
    ) AS word
    GROUP BY word.lexeme
),
weighed AS MATERIALIZED (
    SELECT * FROM weigh_words((SELECT array_agg(lexeme ORDER BY lexeme) FROM asked),
                              (SELECT array_agg(weight ORDER BY lexeme) FROM asked))
),
mean AS (SELECT mean_words() AS words),
-- Not materialized: looked up by id for each candidate, however many documents there are.
answering AS NOT MATERIALIZED (
    SELECT d.id, d.served_version, d.title, d.type
    FROM documents d
    WHERE d.current
      AND (%(document_ids)s::uuid[] IS NULL OR d.id = ANY (%(document_ids)s::uuid[]))
      AND (%(types)s::text[] IS NULL OR d.type = ANY (%(types)s::text[]))
      AND (%(language)s::text IS NULL OR d.language = %(language)s)
      AND (%(since)s::timestamptz IS NULL OR d.created_at >= %(since)s)
),
near AS (
    SELECT c.id
    FROM chunks c
    JOIN answering d ON d.id = c.document_id AND d.served_version = c.pipeline_version
    WHERE %(embedding)s::halfvec({dimensions}) IS NOT NULL
      AND c.dimensions = {dimensions} AND c.embedding_model = %(model)s
    ORDER BY c.embedding::halfvec({dimensions}) <=> %(embedding)s::halfvec({dimensions})
    LIMIT %(candidates)s
),
worded AS (
    SELECT w.chunk_id AS id
    FROM worded_chunks((SELECT array_agg(lexeme ORDER BY lexeme) FROM asked),
                       (SELECT array_agg(weight ORDER BY lexeme) FROM asked), 700, %(candidates)s) AS w
    WHERE %(by_words)s
),
candidates AS MATERIALIZED (
    SELECT id FROM near
    UNION
    SELECT id FROM worded
    UNION
    (SELECT c.id FROM chunks c WHERE c.control_key = ANY (%(keys)s) LIMIT 200)
),
measured AS MATERIALIZED (
    SELECT c.id, d.title, d.type, c.control_key = ANY (%(keys)s) AS named,
           CASE WHEN c.dimensions = {dimensions} AND c.embedding_model = %(model)s
                THEN 1 - (c.embedding::halfvec({dimensions}) <=> %(embedding)s::halfvec({dimensions})) END AS similarity,
           -- BM25 with k1 = 1.2 and b = 0.6; a word in the heading counts twice more. A row holds few
           -- of the question's words, so the two filters keep only these: all their places, and those in the heading.
           (SELECT coalesce(sum(word.weight * places.occurs * 2.2
                                / (places.occurs + 1.2 * (0.4 + 0.6 * length(c.search) / mean.words))), 0)
            FROM (SELECT t.lexeme, sum(t.occurs)::real AS occurs
                  FROM (SELECT found.lexeme, cardinality(found.positions) AS occurs
                        FROM unnest(ts_filter(setweight(c.search, 'B', sought.words), '{b}')) AS found
                        UNION ALL
                        SELECT heading.lexeme, 2 * cardinality(heading.positions)
                        FROM unnest(ts_filter(c.search, '{a}')) AS heading) AS t
                  GROUP BY t.lexeme) AS places
            JOIN weighed word ON word.lexeme = places.lexeme) AS bm25
    FROM candidates
    JOIN chunks c ON c.id = candidates.id
    JOIN answering d ON d.id = c.document_id AND d.served_version = c.pipeline_version
    CROSS JOIN mean
    CROSS JOIN (SELECT array_agg(lexeme) AS words FROM weighed) AS sought
),
scored AS (
    SELECT m.*,
           coalesce(m.similarity, 0) * %(similarity_weight)s
         + m.bm25 / greatest(max(m.bm25) OVER (), 1e-9) * %(word_weight)s
         + CASE WHEN m.named THEN %(id_weight)s ELSE 0 END
         + CASE WHEN m.type = ANY (%(wanted_types)s) THEN %(type_weight)s ELSE 0 END AS score
    FROM measured m
),
best AS (
    -- One passage per control, and per section where there is no control.
    SELECT DISTINCT ON (c.document_id, coalesce(c.control_key, c.heading)) s.id, s.score
    FROM scored s
    JOIN chunks c ON c.id = s.id
    ORDER BY c.document_id, coalesce(c.control_key, c.heading), s.score DESC, c.part, c.ordinal
)
SELECT c.id AS chunk_id, c.document_id, d.title, d.type, c.control_id, c.heading_path, c.page_from, c.page_to, c.page_breaks,
       c.char_from, c.text, c.language, s.score::float8 AS score, s.similarity::float8 AS similarity
FROM best b
JOIN scored s ON s.id = b.id
JOIN chunks c ON c.id = b.id
JOIN documents d ON d.id = c.document_id
ORDER BY s.score DESC, c.document_id, c.part, c.ordinal
LIMIT %(limit)s
