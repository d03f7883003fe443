UPDATE queries SET answer = %(value)s::jsonb, status = 'answered', finished_at = clock_timestamp()
WHERE id = %(id)s AND finished_at IS NULL
