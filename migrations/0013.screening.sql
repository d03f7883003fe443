-- depends: 0012.document-types

-- A passage that reads like an order to a model names the kind of order. It is found by searches, and enters no prompt
-- until a person releases it.
ALTER TABLE chunks ADD COLUMN marked text;
CREATE INDEX chunks_marked ON chunks (document_id) WHERE marked IS NOT NULL;

-- Released passages are known by their text: extracted again, they stay released.
CREATE TABLE released_passages (
    org_id uuid NOT NULL,
    scope text NOT NULL,
    document_id uuid NOT NULL,
    text_sha256 text NOT NULL,
    released_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (document_id, text_sha256),
    FOREIGN KEY (document_id, org_id, scope) REFERENCES documents (id, org_id, scope)
        ON UPDATE CASCADE ON DELETE CASCADE
);
ALTER TABLE released_passages ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_scope ON released_passages
    USING (org_id = (SELECT current_org()) AND scope = ANY ((SELECT current_scopes())::text[]));
GRANT SELECT, INSERT, DELETE ON released_passages TO wissen_app;
