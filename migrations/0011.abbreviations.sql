-- depends: 0010.ingestion-model

-- Abbreviations that documents define are entities, keyed by both forms: 'Leitstelle Netz (LSN)'. A question is compared
-- with the short form and with the beginning of the long one; both are columns, because the row policies keep functions
-- of a row from using an index.
ALTER TABLE entities
    DROP CONSTRAINT entities_type_check,
    ADD CONSTRAINT entities_type_check
        CHECK (type IN ('STANDARD', 'CONTROL_ID', 'TECHNOLOGY', 'PROCESS', 'ROLE', 'ORGANIZATION', 'ABBREVIATION')),
    ADD COLUMN short text GENERATED ALWAYS AS
        (CASE WHEN type = 'ABBREVIATION' THEN upper(substring(key FROM '\(([^()]+)\)$')) END) STORED,
    ADD COLUMN begins text GENERATED ALWAYS AS (CASE WHEN type = 'ABBREVIATION' THEN lower(left(key, 4)) END) STORED;
CREATE INDEX entities_short ON entities (org_id, short) WHERE short IS NOT NULL;
CREATE INDEX entities_begins ON entities (org_id, begins) WHERE begins IS NOT NULL;
-- What the gardener merges shares its spelling.
CREATE INDEX entities_spelling ON entities (org_id, spelling) WHERE spelling IS NOT NULL;
