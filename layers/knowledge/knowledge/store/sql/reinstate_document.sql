UPDATE documents d
SET current = true, updated_at = now(),
    version = (SELECT max(version) + 1 FROM documents o
               WHERE o.org_id = d.org_id AND o.scope = d.scope AND o.name = d.name)
WHERE id = %(id)s
RETURNING version, status
