INSERT INTO documents (id, org_id, scope, uploaded_by, name, version, title, sha256, size)
SELECT %(id)s, %(org_id)s, %(scope)s, %(uploaded_by)s, %(name)s,
       coalesce(max(version), 0) + 1, %(title)s, %(sha256)s, %(size)s
FROM documents
WHERE org_id = %(org_id)s AND scope = %(scope)s AND name = %(name)s
RETURNING version, status
