CREATE OR REPLACE VIEW compared_controls WITH (security_invoker = true) AS
    WITH latest AS (
        SELECT DISTINCT ON (catalogue_of(d.type, c.control_key), c.control_key)
               catalogue_of(d.type, c.control_key) AS catalogue, c.control_key, c.document_id, c.pipeline_version
        FROM controls c
        JOIN documents d ON d.id = c.document_id AND d.current AND d.served_version = c.pipeline_version
        WHERE NOT c.withdrawn
          AND d.type IN ('bsi_grundschutz', 'bsi_c5', 'iso_27001', 'nist_csf', 'nist_800_53', 'policy')
        ORDER BY catalogue_of(d.type, c.control_key), c.control_key, d.created_at DESC, d.id
    )
    SELECT l.catalogue, l.control_key, l.document_id, l.pipeline_version, avg(k.embedding) AS vector
    FROM latest l
    JOIN chunks k ON k.document_id = l.document_id AND k.pipeline_version = l.pipeline_version
                 AND k.control_key = l.control_key
    GROUP BY l.catalogue, l.control_key, l.document_id, l.pipeline_version;
DROP TABLE document_types;
