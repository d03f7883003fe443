-- One that answers questions goes on doing so from the rows it has.
UPDATE documents
SET status = CASE WHEN served_version IS NULL THEN %(status)s ELSE status END, reason = %(reason)s,
    pipeline_version = coalesce(served_version, pipeline_version), updated_at = now()
WHERE id = %(id)s AND (served_version IS NULL OR served_version <> pipeline_version)
