DROP TRIGGER passage_is_released ON released_passages;
DROP FUNCTION note_released_passage();
