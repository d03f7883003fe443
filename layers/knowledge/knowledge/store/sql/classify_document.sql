-- A searchable document goes on answering from the rows it has while it is extracted again.
UPDATE documents
SET status = CASE WHEN served_version IS NULL THEN 'extracting' ELSE status END, reason = NULL,
    requested_at = NULL, title = %(title)s,
    mime_type = %(mime_type)s, language = %(language)s, type = %(type)s, type_confidence = %(type_confidence)s,
    type_reasoning = %(type_reasoning)s, type_alternatives = %(type_alternatives)s, review = %(review)s,
    pages = %(pages)s, parts_planned = %(parts)s, expected_keys = %(expected_keys)s, warnings = %(warnings)s,
    hidden = %(hidden)s, object_key = %(object_key)s, metadata = %(metadata)s, pipeline_version = %(pipeline_version)s, updated_at = now()
WHERE id = %(id)s
