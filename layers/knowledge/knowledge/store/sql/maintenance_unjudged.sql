-- Proposed links with both controls. Every pair of documents has its turn, the surest link of each first.
SELECT catalogue_of(d.type, r.source_key) AS catalogue, r.source_key AS control_key, r.document_id, r.pipeline_version,
       r.part, source.title, left(source.text, %(characters)s) AS text, source.char_from, source.char_to,
       catalogue_of(t.type, r.target_key) AS target_catalogue, r.target_key, r.target_document_id, r.target,
       target.title AS target_title, left(target.text, %(characters)s) AS target_text, r.confidence
FROM relations r
JOIN documents d ON d.id = r.document_id AND d.current AND d.served_version = r.pipeline_version
JOIN controls source ON source.document_id = r.document_id AND source.pipeline_version = r.pipeline_version
                    AND source.control_key = r.source_key
JOIN documents t ON t.id = r.target_document_id AND t.current
JOIN controls target ON target.document_id = t.id AND target.pipeline_version = t.served_version
                    AND target.control_key = r.target_key
WHERE r.origin = 'similarity'
ORDER BY row_number() OVER (PARTITION BY r.document_id, r.target_document_id
                            ORDER BY r.confidence DESC, r.source_key, r.target_key),
         r.confidence DESC, r.document_id, r.source_key, r.target_key
LIMIT %(limit)s
