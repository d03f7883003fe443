-- A document that answers goes on answering from the rows it has. The run that failed stays the one in progress, so that
-- its redriven messages complete it. If another run has taken over, the failure is not recorded.
UPDATE documents
SET status = CASE WHEN served_version IS NULL THEN %(status)s ELSE status END, reason = %(reason)s,
    requested_at = NULL, updated_at = now()
WHERE id = %(id)s
  AND (served_version IS NULL OR served_version <> pipeline_version OR requested_at IS NOT NULL)
  AND (%(run)s::text IS NULL OR pipeline_version = %(run)s)
