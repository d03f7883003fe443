-- For the next controls of a round: the nearest control in each other catalogue, where each is the other's nearest. A
-- pair is looked at from the catalogue that comes later in the alphabet, so that it is found once. A control without
-- such a neighbour comes with nulls.
WITH compared AS MATERIALIZED (SELECT * FROM compared_controls),
batch AS MATERIALIZED (
    SELECT * FROM compared
    WHERE %(after_catalogue)s::text IS NULL
       OR (catalogue, control_key) > (%(after_catalogue)s::text, %(after_key)s::text)
    ORDER BY catalogue, control_key
    LIMIT %(limit)s
),
nearest AS MATERIALIZED (
    SELECT b.catalogue, b.control_key, n.target_catalogue, n.target_key, n.target_document_id, n.target_version,
           n.target_vector, n.distance
    FROM batch b
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (t.catalogue)
               t.catalogue AS target_catalogue, t.control_key AS target_key, t.document_id AS target_document_id,
               t.pipeline_version AS target_version, t.vector AS target_vector, b.vector <=> t.vector AS distance
        FROM compared t
        WHERE t.catalogue < b.catalogue
        ORDER BY t.catalogue, b.vector <=> t.vector, t.control_key
    ) AS n
),
mutual AS MATERIALIZED (
    SELECT n.*
    FROM nearest n
    WHERE NOT EXISTS (SELECT 1 FROM compared other
                      WHERE other.catalogue = n.catalogue AND other.control_key <> n.control_key
                        AND (other.vector <=> n.target_vector) < n.distance)
)
SELECT b.catalogue, b.control_key, b.document_id, b.pipeline_version, source.part, source.title,
       left(source.text, %(characters)s) AS text, source.char_from, source.char_to,
       m.target_catalogue, m.target_key, m.target_document_id, target.control_id AS target, target.title AS target_title,
       left(target.text, %(characters)s) AS target_text, 1 - m.distance AS cosine
FROM batch b
JOIN controls source ON source.document_id = b.document_id AND source.pipeline_version = b.pipeline_version
                    AND source.control_key = b.control_key
LEFT JOIN mutual m ON m.catalogue = b.catalogue AND m.control_key = b.control_key
LEFT JOIN controls target ON target.document_id = m.target_document_id AND target.pipeline_version = m.target_version
                         AND target.control_key = m.target_key
ORDER BY b.catalogue, b.control_key, m.target_catalogue
