SELECT q.question, q.analysis ->> 'resolved_question' AS resolved_question
FROM queries asked
JOIN queries q ON q.conversation_id = asked.conversation_id AND q.created_at < asked.created_at
WHERE asked.id = %(id)s
ORDER BY q.created_at DESC, q.id
LIMIT %(limit)s
