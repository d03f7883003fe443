INSERT INTO link_verdicts (org_id, scope, fingerprint, document_id, target_document_id, relation, confidence, quote_from,
                           quote_to)
VALUES (%(org_id)s, %(scope)s, %(fingerprint)s, %(document_id)s, %(target_document_id)s, %(relation)s, %(confidence)s,
        %(quote_from)s, %(quote_to)s)
ON CONFLICT (org_id, scope, fingerprint) DO NOTHING
