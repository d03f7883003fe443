SELECT d.id, d.org_id, d.scope, d.name,
       NOT EXISTS (SELECT 1 FROM documents newer
                   WHERE newer.org_id = d.org_id AND newer.scope = d.scope AND newer.name = d.name
                     AND newer.status IN ('searchable', 'searchable_with_gaps') AND newer.version > d.version) AS latest
FROM documents d
WHERE d.id = %(id)s
  AND d.pipeline_version = %(pipeline_version)s
  -- failed: a part that was given up and redriven completes the document after all
  AND d.status IN ('extracting', 'searchable', 'searchable_with_gaps', 'failed')
  AND d.parts_planned = (SELECT count(*) FROM parts p
                         WHERE p.document_id = d.id AND p.pipeline_version = d.pipeline_version
                           AND p.done_at IS NOT NULL)
FOR UPDATE OF d
