UPDATE documents d
SET current = true, updated_at = now(), name = %(name)s,
    version = (SELECT coalesce(max(version), 0) + 1 FROM documents o
               WHERE o.org_id = d.org_id AND o.scope = d.scope AND o.name = %(name)s)
WHERE id = %(id)s
RETURNING version, status
