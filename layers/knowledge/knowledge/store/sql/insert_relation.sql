-- The same edge stated twice keeps its surest evidence.
INSERT INTO relations (document_id, pipeline_version, part, source_key, relation, target_key, target, org_id, scope,
                       origin, confidence, char_from, char_to)
VALUES (%(document_id)s, %(pipeline_version)s, %(part)s, %(source_key)s, %(relation)s, %(target_key)s, %(target)s,
        %(org_id)s, %(scope)s, %(origin)s, %(confidence)s, %(char_from)s, %(char_to)s)
ON CONFLICT (document_id, pipeline_version, source_key, relation, target_key) DO UPDATE
SET part = excluded.part, target = excluded.target, origin = excluded.origin, confidence = excluded.confidence,
    char_from = excluded.char_from, char_to = excluded.char_to
WHERE excluded.confidence > relations.confidence
