DROP INDEX entities_spelling;
DELETE FROM entities WHERE type = 'ABBREVIATION';
ALTER TABLE entities
    DROP COLUMN short,
    DROP COLUMN begins,
    DROP CONSTRAINT entities_type_check,
    ADD CONSTRAINT entities_type_check
        CHECK (type IN ('STANDARD', 'CONTROL_ID', 'TECHNOLOGY', 'PROCESS', 'ROLE', 'ORGANIZATION'));
