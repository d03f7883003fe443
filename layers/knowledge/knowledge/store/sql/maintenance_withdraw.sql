-- Edges proposed from these controls in an earlier round and not in this one. Those that a model has confirmed stay.
DELETE FROM relations r
USING documents d, unnest(%(catalogues)s::text[], %(keys)s::text[]) AS compared (catalogue, key)
WHERE r.origin = 'similarity' AND d.id = r.document_id
  AND r.source_key = compared.key AND catalogue_of(d.type, r.source_key) = compared.catalogue
  AND NOT EXISTS (SELECT 1
                  FROM unnest(%(source_documents)s::uuid[], %(source_keys)s::text[], %(target_documents)s::uuid[],
                              %(target_keys)s::text[]) AS kept (document_id, source_key, target_document_id, target_key)
                  WHERE kept.document_id = r.document_id AND kept.source_key = r.source_key
                    AND kept.target_document_id = r.target_document_id AND kept.target_key = r.target_key)
