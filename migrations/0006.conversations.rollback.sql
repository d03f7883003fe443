DROP TRIGGER document_is_forgotten ON documents;
DROP TRIGGER document_changes ON documents;
DROP TRIGGER document_comes_or_goes ON documents;
DROP FUNCTION known_answer(uuid, text);
DROP FUNCTION note_corpus_change();
DROP FUNCTION forget_drafts();
DROP TABLE corpus_versions, feedback;
ALTER TABLE queries DROP COLUMN conversation_id, DROP COLUMN pipeline_version, DROP COLUMN cache_key, DROP COLUMN repeats,
    DROP COLUMN repeated_stages;
DROP TABLE conversations;
