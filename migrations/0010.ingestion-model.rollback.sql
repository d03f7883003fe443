-- What a model found or confirmed goes with it.
DELETE FROM relations WHERE origin = 'model' AND target_document_id IS NOT NULL;
DELETE FROM controls WHERE origin = 'model';
DROP TABLE link_verdicts;
ALTER TABLE parts DROP COLUMN notes;
ALTER TABLE controls DROP COLUMN origin, DROP COLUMN confidence;
