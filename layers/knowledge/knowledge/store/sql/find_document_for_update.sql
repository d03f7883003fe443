SELECT id, org_id, scope, name, version, status, current FROM documents WHERE id = %(id)s FOR UPDATE
