-- Entities of one type with the same spelling are merged into the one that is named most often. An entity that nothing
-- names any more takes no others in, so that those merged into it are separate again.
WITH named AS (
    SELECT e.id, e.type, e.spelling, e.key, count(m.entity_id) AS mentions
    FROM entities e
    LEFT JOIN mentions m ON m.entity_id = e.id
    GROUP BY e.id
),
heads AS (
    SELECT DISTINCT ON (type, spelling) type, spelling, id
    FROM named
    WHERE mentions > 0 AND spelling IS NOT NULL
    ORDER BY type, spelling, mentions DESC, key
),
wanted AS (
    SELECT n.id, nullif(h.id, n.id) AS merged_into
    FROM named n
    LEFT JOIN heads h ON h.type = n.type AND h.spelling = n.spelling
)
UPDATE entities e
SET merged_into = w.merged_into
FROM wanted w
WHERE e.id = w.id AND e.merged_into IS DISTINCT FROM w.merged_into
