UPDATE documents SET status = %(status)s, reason = %(reason)s, current = false, updated_at = now()
WHERE id = %(id)s AND status <> 'searchable'
