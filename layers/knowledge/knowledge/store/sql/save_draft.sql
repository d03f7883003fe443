UPDATE queries SET draft = %(value)s::jsonb WHERE id = %(id)s AND draft IS NULL AND finished_at IS NULL
