SELECT key_id, org_id, user_id, team_ids FROM authenticate(%(key_hash)s)
