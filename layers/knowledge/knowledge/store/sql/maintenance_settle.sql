-- A proposal that has been judged is none any more.
DELETE FROM relations
WHERE document_id = %(document_id)s AND pipeline_version = %(pipeline_version)s AND source_key = %(source_key)s
  AND target_key = %(target_key)s AND target_document_id = %(target_document_id)s AND origin = 'similarity'
