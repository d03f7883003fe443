-- Its questions, their answers and feedback go with it.
DELETE FROM conversations WHERE id = %(id)s RETURNING id
