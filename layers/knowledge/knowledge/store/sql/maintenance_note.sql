UPDATE gardens
SET compared_catalogue = coalesce(%(catalogue)s::text, compared_catalogue),
    compared_key = coalesce(%(key)s::text, compared_key),
    finished = %(finished)s,
    merged = merged + %(merged)s, dropped = dropped + %(dropped)s, proposed = proposed + %(proposed)s,
    tended_at = now()
WHERE org_id = %(org_id)s AND scope = %(scope)s AND state = %(state)s
