UPDATE documents SET swept_at = now(), sweeps = %(sweeps)s WHERE id = %(id)s
