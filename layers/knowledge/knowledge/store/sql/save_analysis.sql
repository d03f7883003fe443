UPDATE queries SET analysis = %(value)s::jsonb, status = 'running'
WHERE id = %(id)s AND analysis IS NULL AND finished_at IS NULL
