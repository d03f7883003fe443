-- depends: 0013.screening

-- A released passage can enter prompts, so answers that were made before it are no longer remembered.
CREATE FUNCTION note_released_passage() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    BEGIN
        UPDATE corpus_versions v SET version = v.version + 1 FROM documents d
        WHERE d.id = NEW.document_id AND d.current AND v.org_id = d.org_id AND v.scope = d.scope;
        RETURN NULL;
    END
    $$;
REVOKE ALL ON FUNCTION note_released_passage() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER passage_is_released AFTER INSERT ON released_passages
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_released_passage();
