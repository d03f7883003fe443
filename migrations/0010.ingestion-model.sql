-- depends: 0009.sweep

-- Who told where a control begins and ends: its document's structure, or a model where structure fails.
ALTER TABLE controls
    ADD COLUMN origin text NOT NULL DEFAULT 'source' CHECK (origin IN ('source', 'model')),
    ADD COLUMN confidence real NOT NULL DEFAULT 1 CHECK (confidence BETWEEN 0 AND 1);

-- Sentences for the document's owner, shown with its warnings.
ALTER TABLE parts ADD COLUMN notes text[] NOT NULL DEFAULT '{}';

-- What a model said of a proposed link. It is known by the two texts, so that a link that was refused is not proposed
-- again and none is paid for twice; it goes with either document. No text is kept: quotes are places in the controls.
CREATE TABLE link_verdicts (
    org_id uuid NOT NULL,
    scope text NOT NULL,
    -- Of the version of the question and the two texts.
    fingerprint text NOT NULL,
    document_id uuid NOT NULL,
    target_document_id uuid NOT NULL,
    -- Null: the link was refused.
    relation text CHECK (relation IN ('maps_to', 'supports')),
    confidence real NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    -- Where the quote stands in the text of the control that the link begins at.
    quote_from integer NOT NULL,
    quote_to integer NOT NULL,
    judged_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, scope, fingerprint),
    FOREIGN KEY (document_id, org_id, scope) REFERENCES documents (id, org_id, scope)
        ON UPDATE CASCADE ON DELETE CASCADE,
    FOREIGN KEY (target_document_id, org_id, scope) REFERENCES documents (id, org_id, scope)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX link_verdicts_document ON link_verdicts (document_id);
CREATE INDEX link_verdicts_target ON link_verdicts (target_document_id);

ALTER TABLE link_verdicts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_scope ON link_verdicts
    USING (org_id = (SELECT current_org()) AND scope = ANY ((SELECT current_scopes())::text[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON link_verdicts TO wissen_app;
