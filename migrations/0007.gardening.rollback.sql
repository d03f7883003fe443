DROP FUNCTION scopes_to_tend();
DROP FUNCTION organisations_to_tend();
DROP FUNCTION garden_state(uuid, text);
DROP VIEW compared_controls;
DROP FUNCTION catalogue_of(text, text);
DROP TABLE gardens;
-- What the gardener merged and proposed goes with it.
DELETE FROM relations WHERE origin = 'similarity';
UPDATE entities SET merged_into = NULL WHERE merged_into IS NOT NULL;
ALTER TABLE parts DROP COLUMN cost_usd;
DROP INDEX entities_unseen;
ALTER TABLE entities DROP COLUMN spelling;
