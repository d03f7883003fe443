-- Chunks, controls, mentions and relations of a part go with it.
DELETE FROM parts WHERE document_id = %(id)s AND pipeline_version <> %(pipeline_version)s
