SELECT pg_advisory_xact_lock(hashtextextended(%(org_id)s::text || '/' || %(scope)s || '/' || %(name)s, 0))
