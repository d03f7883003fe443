DROP TABLE released_passages;
DROP INDEX chunks_marked;
ALTER TABLE chunks DROP COLUMN marked;
