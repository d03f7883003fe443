-- A round goes on where it stopped, unless other documents answer by now: then all controls are compared again.
INSERT INTO gardens AS g (org_id, scope, state)
VALUES (%(org_id)s, %(scope)s, %(state)s)
ON CONFLICT (org_id, scope) DO UPDATE
SET state = excluded.state, finished = false, compared_catalogue = NULL, compared_key = NULL,
    merged = 0, dropped = 0, proposed = 0
WHERE g.state <> excluded.state
