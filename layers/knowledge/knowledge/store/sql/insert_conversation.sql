INSERT INTO conversations (id, org_id, user_id) VALUES (%(id)s, %(org_id)s, %(user_id)s)
