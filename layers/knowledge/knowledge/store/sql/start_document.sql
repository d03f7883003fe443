-- That it was begun is not progress: what kills its worker is begun again and again.
UPDATE documents
SET status = CASE WHEN status IN ('extracting', 'searchable', 'searchable_with_gaps') THEN status ELSE 'classifying' END,
    reason = CASE WHEN status IN ('extracting', 'searchable', 'searchable_with_gaps') THEN reason END,
    updated_at = CASE WHEN status IN ('classifying', 'extracting', 'searchable', 'searchable_with_gaps') THEN updated_at
                      ELSE now() END,
    begun_at = now()
WHERE id = %(id)s AND (status NOT IN ('extracting', 'searchable', 'searchable_with_gaps') OR requested_at IS NOT NULL)
