SELECT stage, queued_ms, worked_ms, degraded, model, prompt_tokens, completion_tokens, cost_usd::float8
FROM query_stages
WHERE query_id = %(id)s
