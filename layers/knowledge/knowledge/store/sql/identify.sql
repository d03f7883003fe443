SELECT set_config('wissen.org_id', %(org_id)s, true),
       set_config('wissen.user_id', %(user_id)s, true),
       set_config('wissen.scopes', %(scopes)s, true),
       set_config('statement_timeout', %(timeout)s, true)
