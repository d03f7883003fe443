UPDATE parts SET done_at = now(), cost_usd = %(cost_usd)s
WHERE document_id = %(document_id)s AND part = %(part)s AND pipeline_version = %(pipeline_version)s
