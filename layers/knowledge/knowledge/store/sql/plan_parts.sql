INSERT INTO parts (document_id, org_id, scope, part, pipeline_version)
SELECT %(id)s, %(org_id)s, %(scope)s, part, %(pipeline_version)s FROM generate_series(0, %(parts)s - 1) AS part
ON CONFLICT (document_id, pipeline_version, part) DO NOTHING
