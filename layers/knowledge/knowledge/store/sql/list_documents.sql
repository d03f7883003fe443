SELECT d.*,
       (SELECT count(*) FROM parts p
        WHERE p.document_id = d.id AND p.pipeline_version = d.pipeline_version AND p.done_at IS NOT NULL) AS parts_done,
       (SELECT count(*) FROM chunks c
        WHERE c.document_id = d.id AND c.pipeline_version = coalesce(d.served_version, d.pipeline_version)) AS chunks,
       (SELECT count(*) FROM chunks c
        WHERE c.document_id = d.id AND c.marked IS NOT NULL
          AND c.pipeline_version = coalesce(d.served_version, d.pipeline_version)) AS marked,
       (SELECT count(*) FROM controls c
        WHERE c.document_id = d.id AND c.pipeline_version = coalesce(d.served_version, d.pipeline_version)
          AND NOT c.withdrawn) AS controls,
       (SELECT coalesce(sum(p.cost_usd), 0) FROM parts p
        WHERE p.document_id = d.id AND p.pipeline_version = d.pipeline_version) AS cost_usd,
       -- It takes the place of the column of that name.
       d.warnings || coalesce((SELECT array_agg(note ORDER BY p.part, place)
                               FROM parts p, unnest(p.notes) WITH ORDINALITY AS told (note, place)
                               WHERE p.document_id = d.id AND p.pipeline_version = d.pipeline_version), '{}') AS warnings
FROM documents d
LEFT JOIN documents last ON last.id = %(after)s
WHERE %(after)s::uuid IS NULL OR d.created_at < last.created_at OR (d.created_at = last.created_at AND d.id > last.id)
ORDER BY d.created_at DESC, d.id
LIMIT %(limit)s
