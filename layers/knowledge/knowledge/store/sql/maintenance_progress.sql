SELECT state, compared_catalogue, compared_key, finished FROM gardens WHERE org_id = %(org_id)s AND scope = %(scope)s
