-- One that is asked for or under way already is not begun a second time; one that failed is.
UPDATE documents
SET status = CASE WHEN served_version IS NULL THEN 'classifying' ELSE status END,
    reruns = CASE WHEN requested_at IS NOT NULL OR (served_version <> pipeline_version AND reason IS NULL) THEN reruns
                  ELSE reruns + 1 END,
    requested_at = CASE WHEN served_version IS NULL THEN NULL ELSE now() END,
    new_embedding = %(new_embedding)s, reason = NULL, updated_at = now()
WHERE id = %(id)s AND status IN ('searchable', 'searchable_with_gaps', 'failed')
RETURNING id
