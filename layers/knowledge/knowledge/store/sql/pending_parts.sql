SELECT part FROM parts WHERE document_id = %(id)s AND done_at IS NULL ORDER BY part
