-- An edge of the gardener's, proposed or confirmed by a model, joins two controls; it goes when either is no longer
-- what answers questions.
DELETE FROM relations r
WHERE r.target_document_id IS NOT NULL
  AND (NOT EXISTS (SELECT 1
                   FROM controls c
                   JOIN documents d ON d.id = c.document_id AND d.current AND d.served_version = c.pipeline_version
                   WHERE c.document_id = r.document_id AND c.pipeline_version = r.pipeline_version
                     AND c.control_key = r.source_key AND NOT c.withdrawn)
       OR NOT EXISTS (SELECT 1
                      FROM controls c
                      JOIN documents d ON d.id = c.document_id AND d.current AND d.served_version = c.pipeline_version
                      WHERE c.document_id = r.target_document_id AND c.control_key = r.target_key AND NOT c.withdrawn))
