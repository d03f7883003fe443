INSERT INTO entities (id, org_id, scope, type, key)
VALUES (%(id)s, %(org_id)s, %(scope)s, %(type)s, %(key)s)
ON CONFLICT DO NOTHING
