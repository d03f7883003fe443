UPDATE documents SET status = 'searchable', current = %(current)s, reason = NULL, updated_at = now()
WHERE id = %(id)s AND (status <> 'searchable' OR current <> %(current)s)
