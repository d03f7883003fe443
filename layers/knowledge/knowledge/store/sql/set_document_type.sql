UPDATE documents SET type_override = %(type)s, review = 'done', updated_at = now()
WHERE id = %(id)s AND status IN ('searchable', 'searchable_with_gaps')
RETURNING id
