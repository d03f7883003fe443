-- One hop from controls asked about, along edges that lead from one standard to another, in both directions: where the
-- control at the other end begins, and what states the edge where it is neither of the two.
WITH edges AS (
    SELECT edge.*
    FROM (
        SELECT r.source_key AS asked, r.target_key AS other, r.relation, r.origin, r.confidence, r.document_id,
               r.pipeline_version, r.char_from
        FROM relations r
        WHERE r.source_key = ANY (%(keys)s) AND r.relation IN ('maps_to', 'implements', 'supports', 'references')
        UNION ALL
        SELECT r.target_key, r.source_key, r.relation, r.origin, r.confidence, r.document_id, r.pipeline_version, r.char_from
        FROM relations r
        WHERE r.target_key = ANY (%(keys)s) AND r.relation IN ('maps_to', 'implements', 'supports', 'references')
    ) AS edge
    JOIN documents d ON d.id = edge.document_id AND d.current AND d.served_version = edge.pipeline_version
    ORDER BY edge.relation <> 'maps_to', edge.origin = 'similarity', edge.confidence DESC, edge.asked, edge.other
    LIMIT %(most)s
),
answering AS (
    SELECT d.id, d.served_version, d.title, d.type, d.created_at
    FROM documents d
    WHERE d.current
      AND (%(document_ids)s::uuid[] IS NULL OR d.id = ANY (%(document_ids)s::uuid[]))
      AND (%(types)s::text[] IS NULL OR d.type = ANY (%(types)s::text[]))
      AND (%(language)s::text IS NULL OR d.language = %(language)s)
      AND (%(since)s::timestamptz IS NULL OR d.created_at >= %(since)s)
),
ends AS (
    SELECT e.*, false AS states, found.id AS chunk_id
    FROM edges e
    CROSS JOIN LATERAL (
        SELECT c.id
        FROM chunks c
        JOIN answering d ON d.id = c.document_id AND d.served_version = c.pipeline_version
        WHERE c.control_key = e.other
        -- PS-6 is a control of two standards.
        ORDER BY d.type = ANY (%(wanted_types)s) DESC, d.created_at DESC, c.part, c.ordinal
        LIMIT 1
    ) AS found
),
statements AS (
    SELECT e.*, true AS states, c.id AS chunk_id
    FROM edges e
    JOIN chunks c ON c.document_id = e.document_id AND c.pipeline_version = e.pipeline_version
                 AND e.char_from >= c.char_from AND e.char_from < c.char_to
    WHERE e.origin <> 'similarity' AND (c.control_key IS NULL OR c.control_key NOT IN (e.asked, e.other))
)
SELECT m.asked, m.other, m.relation, m.states, c.id AS chunk_id, c.document_id, d.title, d.type, c.control_id, c.heading_path,
       c.page_from, c.page_to, c.page_breaks, c.char_from, c.text, c.language
FROM (SELECT * FROM ends UNION ALL SELECT * FROM statements) AS m
JOIN chunks c ON c.id = m.chunk_id
JOIN answering d ON d.id = c.document_id AND d.served_version = c.pipeline_version
ORDER BY m.states, m.relation <> 'maps_to', m.origin = 'similarity', m.confidence DESC, m.asked, m.other, c.id
