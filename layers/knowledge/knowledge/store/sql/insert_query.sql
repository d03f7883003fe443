INSERT INTO queries (id, org_id, user_id, question, language, deadline_at)
VALUES (%(id)s, %(org_id)s, %(user_id)s, %(question)s, %(language)s, %(deadline_at)s)
