SELECT id, question, language, status, analysis, passages, draft, answer, error_name, error_detail, created_at,
       deadline_at, finished_at
FROM queries
WHERE id = %(id)s
