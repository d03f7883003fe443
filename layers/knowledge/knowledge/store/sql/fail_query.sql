UPDATE queries
SET status = 'failed', error_name = %(error_name)s, error_detail = %(error_detail)s, finished_at = clock_timestamp()
WHERE id = %(id)s AND finished_at IS NULL
