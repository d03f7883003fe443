-- jit: compiling the search takes longer than running it, wherever a server has it on.
-- hnsw: neighbours of other organisations are filtered out after the index has found them, so it must go on looking.
SELECT set_config('wissen.org_id', %(org_id)s, true),
       set_config('wissen.user_id', %(user_id)s, true),
       set_config('wissen.scopes', %(scopes)s, true),
       set_config('statement_timeout', %(timeout)s, true),
       set_config('jit', 'off', true),
       set_config('hnsw.iterative_scan', 'relaxed_order', true)
