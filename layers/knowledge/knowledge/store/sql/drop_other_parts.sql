DELETE FROM parts
WHERE document_id = %(id)s AND (pipeline_version <> %(pipeline_version)s OR part >= %(parts)s)
