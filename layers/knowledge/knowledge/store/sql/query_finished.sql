SELECT finished_at IS NOT NULL AS finished FROM queries WHERE id = %(id)s
