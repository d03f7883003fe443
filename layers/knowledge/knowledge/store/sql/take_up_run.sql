-- The run that is asked for is planned already: what is left of it goes on.
UPDATE documents SET requested_at = NULL, reason = NULL, updated_at = now()
WHERE id = %(id)s AND requested_at IS NOT NULL AND pipeline_version = %(pipeline_version)s
