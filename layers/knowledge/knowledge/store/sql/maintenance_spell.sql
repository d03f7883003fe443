UPDATE entities e
SET spelling = seen.spelling
FROM unnest(%(ids)s::uuid[], %(spellings)s::text[]) AS seen (id, spelling)
WHERE e.id = seen.id
