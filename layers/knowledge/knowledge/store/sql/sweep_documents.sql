SELECT id, scope, sweeps FROM documents_standing_still(%(stage)s, %(since)s, %(tries)s, %(most)s)
