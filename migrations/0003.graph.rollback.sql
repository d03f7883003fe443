DROP FUNCTION delete_document(uuid);
DROP FUNCTION append_audit(text, text, jsonb);
DROP TABLE audit_log, relations, mentions, entities;
DROP FUNCTION audit_hash(text, uuid, bigint, timestamptz, uuid, text, text, jsonb);
ALTER TABLE queries DROP COLUMN strategy, DROP COLUMN filters;
-- The older schema keeps one run's rows per document and knows no gaps.
UPDATE documents SET status = 'searchable' WHERE status = 'searchable_with_gaps';
DELETE FROM parts p USING documents d WHERE d.id = p.document_id AND p.pipeline_version <> coalesce(d.served_version, d.pipeline_version);
ALTER TABLE controls
    DROP CONSTRAINT controls_document_id_pipeline_version_part_fkey,
    DROP CONSTRAINT controls_pkey,
    DROP COLUMN page_to, DROP COLUMN roles, DROP COLUMN domain, DROP COLUMN parent_key, DROP COLUMN withdrawn,
    DROP COLUMN edition, DROP COLUMN text, DROP COLUMN obligations, DROP COLUMN issues,
    ADD PRIMARY KEY (document_id, control_key);
ALTER TABLE controls RENAME COLUMN page_from TO page;
ALTER TABLE chunks
    DROP CONSTRAINT chunks_document_id_pipeline_version_part_fkey,
    DROP CONSTRAINT chunks_document_id_pipeline_version_part_ordinal_key;
ALTER TABLE parts DROP CONSTRAINT parts_pkey;
ALTER TABLE parts ADD PRIMARY KEY (document_id, part);
ALTER TABLE chunks
    ADD UNIQUE (document_id, part, ordinal),
    ADD FOREIGN KEY (document_id, part) REFERENCES parts (document_id, part) ON DELETE CASCADE;
ALTER TABLE controls ADD FOREIGN KEY (document_id, part) REFERENCES parts (document_id, part) ON DELETE CASCADE;
ALTER TABLE documents
    DROP CONSTRAINT documents_served_check,
    DROP CONSTRAINT documents_current_check,
    DROP CONSTRAINT documents_status_check,
    ADD CONSTRAINT documents_status_check
        CHECK (status IN ('awaiting_upload', 'classifying', 'extracting', 'searchable', 'failed', 'quarantined')),
    ADD CHECK (NOT current OR status = 'searchable'),
    DROP COLUMN type_override, DROP COLUMN object_key, DROP COLUMN type_alternatives, DROP COLUMN review, DROP COLUMN expected_keys,
    DROP COLUMN missing_keys, DROP COLUMN warnings, DROP COLUMN hidden, DROP COLUMN metadata,
    DROP COLUMN served_version;
