SELECT id, type, key
FROM entities
WHERE spelling IS NULL OR NOT starts_with(spelling, %(version)s)
ORDER BY id
LIMIT %(limit)s
