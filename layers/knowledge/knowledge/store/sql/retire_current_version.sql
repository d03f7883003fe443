UPDATE documents SET current = false, updated_at = now()
WHERE org_id = %(org_id)s AND scope = %(scope)s AND name = %(name)s AND current AND id <> %(id)s
