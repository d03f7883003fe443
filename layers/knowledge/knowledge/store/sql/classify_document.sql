UPDATE documents
SET status = 'extracting', reason = NULL, title = %(title)s, mime_type = %(mime_type)s, language = %(language)s,
    type = %(type)s, type_confidence = %(type_confidence)s, type_reasoning = %(type_reasoning)s, pages = %(pages)s,
    parts_planned = %(parts)s, pipeline_version = %(pipeline_version)s, updated_at = now()
WHERE id = %(id)s
