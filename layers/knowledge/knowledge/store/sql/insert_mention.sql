INSERT INTO mentions (document_id, pipeline_version, part, char_from, char_to, org_id, scope, entity_id, text, confidence,
                      origin)
VALUES (%(document_id)s, %(pipeline_version)s, %(part)s, %(char_from)s, %(char_to)s, %(org_id)s, %(scope)s,
        %(entity_id)s, %(text)s, %(confidence)s, %(origin)s)
ON CONFLICT DO NOTHING
