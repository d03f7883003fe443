SELECT q.id AS query_id, q.question, q.analysis ->> 'resolved_question' AS resolved_question, q.status,
       q.answer ->> 'answer' AS answer, (q.answer ->> 'found')::boolean AS found, f.rating, q.created_at
FROM queries q
LEFT JOIN feedback f ON f.query_id = q.id
WHERE q.conversation_id = %(id)s
ORDER BY q.created_at DESC, q.id
LIMIT %(limit)s
