UPDATE queries SET passages = %(value)s::jsonb WHERE id = %(id)s AND passages IS NULL AND finished_at IS NULL
