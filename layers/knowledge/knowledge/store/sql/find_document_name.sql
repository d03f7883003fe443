SELECT org_id, scope, name FROM documents WHERE id = %(id)s
