INSERT INTO queries (id, org_id, user_id, question, language, strategy, filters, deadline_at, conversation_id,
                     pipeline_version, cache_key, repeats, repeated_stages, analysis, passages, draft, answer, status,
                     finished_at)
VALUES (%(id)s, %(org_id)s, %(user_id)s, %(question)s, %(language)s, %(strategy)s, %(filters)s, %(deadline_at)s,
        %(conversation_id)s, %(pipeline_version)s, %(cache_key)s, %(repeats)s, %(repeated_stages)s, %(analysis)s,
        %(passages)s, %(draft)s, %(answer)s, 'answered', clock_timestamp())
