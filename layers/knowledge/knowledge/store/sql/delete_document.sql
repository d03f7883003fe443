SELECT delete_document(%(id)s) AS deleted
