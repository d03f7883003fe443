-- depends: 0011.abbreviations

-- One row per type of document, as grammar.document_types has it; a test compares the two. To add a standard, insert its
-- row in a migration of its own.
CREATE TABLE document_types (
    type text PRIMARY KEY,
    -- It is made of controls, which bind: those of other documents are examples and are not compared.
    holds_controls boolean NOT NULL,
    -- A published standard, whose controls the organisation's own are compared with.
    is_standard boolean NOT NULL
);
INSERT INTO document_types (type, holds_controls, is_standard) VALUES
    ('bsi_grundschutz', true, true),
    ('bsi_c5', true, true),
    ('iso_27001', true, true),
    ('nist_csf', true, true),
    ('nist_800_53', true, true),
    ('whitepaper', false, false),
    ('technical_doc', false, false),
    ('faq', false, false),
    ('policy', true, false),
    ('unknown', false, false);
-- It holds nothing of an organisation: everybody reads all of it, and nobody but the owner changes it.
ALTER TABLE document_types ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON document_types FOR SELECT USING (true);
GRANT SELECT ON document_types TO wissen_app;

-- The controls of 0007 with the types read from the table.
CREATE OR REPLACE VIEW compared_controls WITH (security_invoker = true) AS
    WITH latest AS (
        SELECT DISTINCT ON (catalogue_of(d.type, c.control_key), c.control_key)
               catalogue_of(d.type, c.control_key) AS catalogue, c.control_key, c.document_id, c.pipeline_version
        FROM controls c
        JOIN documents d ON d.id = c.document_id AND d.current AND d.served_version = c.pipeline_version
        JOIN document_types t ON t.type = d.type AND t.holds_controls
        WHERE NOT c.withdrawn
        ORDER BY catalogue_of(d.type, c.control_key), c.control_key, d.created_at DESC, d.id
    )
    SELECT l.catalogue, l.control_key, l.document_id, l.pipeline_version, avg(k.embedding) AS vector
    FROM latest l
    JOIN chunks k ON k.document_id = l.document_id AND k.pipeline_version = l.pipeline_version
                 AND k.control_key = l.control_key
    GROUP BY l.catalogue, l.control_key, l.document_id, l.pipeline_version;
