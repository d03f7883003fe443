SELECT append_audit(%(action)s, %(subject)s, %(detail)s)
