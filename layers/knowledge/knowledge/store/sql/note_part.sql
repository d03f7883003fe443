UPDATE parts SET notes = %(notes)s::text[]
WHERE document_id = %(document_id)s AND part = %(part)s AND pipeline_version = %(pipeline_version)s
  AND notes <> %(notes)s::text[]
