UPDATE documents SET type_override = %(type)s, review = 'done', requested_at = now(), reason = NULL, updated_at = now()
WHERE id = %(id)s AND status IN ('searchable', 'searchable_with_gaps')
RETURNING id
