-- Only for a run that was asked for with this very purpose.
UPDATE embedding_spaces SET model = %(model)s, dimensions = %(dimensions)s
WHERE org_id = %(org_id)s
  AND EXISTS (SELECT 1 FROM documents d
              WHERE d.id = %(document_id)s AND d.new_embedding AND d.pipeline_version = %(pipeline_version)s)
RETURNING model
