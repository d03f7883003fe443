-- What the document promised and extraction did not find is named, not hidden behind a green status.
WITH gaps AS (
    SELECT coalesce(array_agg(key ORDER BY place), '{}') AS missing
    FROM documents d, unnest(d.expected_keys) WITH ORDINALITY AS expected (key, place)
    WHERE d.id = %(id)s
      AND NOT EXISTS (SELECT 1 FROM controls c
                      WHERE c.document_id = d.id AND c.pipeline_version = %(pipeline_version)s AND c.control_key = key)
)
UPDATE documents
SET status = CASE WHEN cardinality(gaps.missing) = 0 THEN 'searchable' ELSE 'searchable_with_gaps' END,
    missing_keys = gaps.missing, current = %(current)s, served_version = %(pipeline_version)s, reason = NULL,
    new_embedding = false, updated_at = now()
FROM gaps
WHERE id = %(id)s
  AND (served_version IS DISTINCT FROM %(pipeline_version)s OR current <> %(current)s
       OR status NOT IN ('searchable', 'searchable_with_gaps'))
