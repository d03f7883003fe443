SELECT q.id, q.question, q.language, q.strategy, q.filters, q.status, q.analysis, q.passages, q.draft, q.answer, q.error_name,
       q.error_detail, q.created_at, q.deadline_at, q.finished_at, q.conversation_id, q.pipeline_version, q.cache_key,
       q.repeats IS NOT NULL AS cached, q.repeated_stages, f.rating
FROM queries q
LEFT JOIN feedback f ON f.query_id = q.id
WHERE q.id = %(id)s
