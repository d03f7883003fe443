-- Of two deliveries of one message the slower finds the document classified already.
SELECT id FROM documents
WHERE id = %(id)s
  AND (status = 'classifying' OR requested_at IS NOT NULL OR pipeline_version IS DISTINCT FROM %(pipeline_version)s)
FOR UPDATE
