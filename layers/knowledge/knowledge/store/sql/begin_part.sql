UPDATE parts SET begun_at = now()
WHERE document_id = %(id)s AND part = %(part)s AND pipeline_version = %(pipeline_version)s AND done_at IS NULL
