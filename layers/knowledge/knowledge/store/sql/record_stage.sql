INSERT INTO query_stages (query_id, stage, org_id, user_id, queued_ms, worked_ms, degraded, model, prompt_tokens,
                          completion_tokens, cost_usd)
VALUES (%(query_id)s, %(stage)s, %(org_id)s, %(user_id)s, %(queued_ms)s, %(worked_ms)s, %(degraded)s, %(model)s,
        %(prompt_tokens)s, %(completion_tokens)s, %(cost_usd)s)
ON CONFLICT (query_id, stage) DO NOTHING
