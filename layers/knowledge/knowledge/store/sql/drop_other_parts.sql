-- Runs that were given up; the one that answers questions stays until the new one is complete.
DELETE FROM parts p
USING documents d
WHERE p.document_id = %(id)s AND d.id = p.document_id
  AND (p.pipeline_version NOT IN (%(pipeline_version)s, coalesce(d.served_version, %(pipeline_version)s))
       OR (p.pipeline_version = %(pipeline_version)s AND p.part >= %(parts)s))
