SELECT org_id FROM organisations_standing_still(%(stage)s, %(since)s, %(tries)s)
