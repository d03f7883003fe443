UPDATE documents SET status = 'classifying', reason = NULL, updated_at = now()
WHERE id = %(id)s AND status NOT IN ('extracting', 'searchable', 'searchable_with_gaps')
