SELECT id, created_at FROM conversations WHERE id = %(id)s
