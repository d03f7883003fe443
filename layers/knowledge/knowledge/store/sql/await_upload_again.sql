UPDATE documents SET status = 'awaiting_upload', reason = NULL, updated_at = now()
WHERE id = %(id)s
RETURNING version, status
