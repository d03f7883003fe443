-- What the documents an asker may see call what a question names: entities of the same key or spelling, with texts that
-- mention them, and abbreviations of which the question may hold one form.
WITH asked AS (
    SELECT * FROM unnest(%(types)s::text[], %(keys)s::text[], %(spellings)s::text[]) AS asked (type, key, spelling)
),
known AS (
    SELECT e.id, e.type, e.key, asked.key AS asked
    FROM asked JOIN entities e ON e.type = asked.type AND e.key = asked.key
    UNION
    SELECT e.id, e.type, e.key, asked.key
    FROM asked JOIN entities e ON e.spelling = asked.spelling AND e.type = asked.type
    WHERE e.spelling = ANY (%(spellings)s)
    UNION
    (SELECT e.id, e.type, e.key, NULL FROM entities e WHERE e.short = ANY (%(shorts)s) LIMIT %(most)s)
    UNION
    (SELECT e.id, e.type, e.key, NULL FROM entities e WHERE e.begins = ANY (%(beginnings)s) LIMIT %(most)s)
)
SELECT DISTINCT known.type, known.key, known.asked, mentioned.text
FROM known
CROSS JOIN LATERAL (
    SELECT m.text
    FROM mentions m
    JOIN documents d ON d.id = m.document_id AND d.current AND d.served_version = m.pipeline_version
    WHERE m.entity_id = known.id
    -- A name may be mentioned ten thousand times; how it is written shows soon.
    LIMIT %(sampled)s
) AS mentioned
ORDER BY known.type, known.key, known.asked, mentioned.text
