-- What a document states itself, in either direction, is not proposed beside it. A proposal does not replace what a model
-- has confirmed.
INSERT INTO relations AS known (document_id, pipeline_version, part, source_key, relation, target_key, target, org_id, scope,
                                origin, confidence, char_from, char_to, target_document_id, target_scope)
SELECT %(document_id)s, %(pipeline_version)s, %(part)s, %(source_key)s, %(relation)s, %(target_key)s, %(target)s, %(org_id)s,
       %(scope)s, %(origin)s, %(confidence)s, %(char_from)s, %(char_to)s, %(target_document_id)s, %(scope)s
WHERE NOT EXISTS (SELECT 1
                  FROM relations r
                  JOIN documents d ON d.id = r.document_id AND d.current AND d.served_version = r.pipeline_version
                  WHERE r.relation = 'maps_to' AND r.target_document_id IS NULL
                    AND ((r.source_key, r.target_key) = (%(source_key)s, %(target_key)s)
                         OR (r.source_key, r.target_key) = (%(target_key)s, %(source_key)s)))
ON CONFLICT (document_id, pipeline_version, source_key, relation, target_key) DO UPDATE
SET part = excluded.part, target = excluded.target, origin = excluded.origin, confidence = excluded.confidence,
    char_from = excluded.char_from, char_to = excluded.char_to, target_document_id = excluded.target_document_id,
    target_scope = excluded.target_scope
WHERE known.target_document_id IS NOT NULL AND (known.origin = 'similarity' OR excluded.origin = 'model')
  AND (known.origin, known.confidence, known.char_from, known.char_to, known.target_document_id)
      IS DISTINCT FROM (excluded.origin, excluded.confidence, excluded.char_from, excluded.char_to,
                        excluded.target_document_id)
