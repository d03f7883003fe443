INSERT INTO feedback (query_id, org_id, user_id, rating, comment)
SELECT q.id, q.org_id, q.user_id, %(rating)s, %(comment)s
FROM queries q
WHERE q.id = %(query_id)s AND q.finished_at IS NOT NULL
ON CONFLICT (query_id) DO UPDATE SET rating = excluded.rating, comment = excluded.comment, rated_at = now()
RETURNING query_id, rating, comment, rated_at
