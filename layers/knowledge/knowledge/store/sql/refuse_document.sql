-- One that answers questions goes on doing so from the rows it has. The run that failed stays the one in progress, so
-- that what is redriven completes it. Of a run that another one has taken over from nothing is told.
UPDATE documents
SET status = CASE WHEN served_version IS NULL THEN %(status)s ELSE status END, reason = %(reason)s,
    requested_at = NULL, updated_at = now()
WHERE id = %(id)s
  AND (served_version IS NULL OR served_version <> pipeline_version OR requested_at IS NOT NULL)
  AND (%(run)s::text IS NULL OR pipeline_version = %(run)s)
