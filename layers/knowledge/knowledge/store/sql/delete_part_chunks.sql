DELETE FROM chunks WHERE document_id = %(document_id)s AND part = %(part)s
