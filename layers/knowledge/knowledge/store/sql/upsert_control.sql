-- A control named twice in a document (in a table of contents, say) is kept where its text is longest.
INSERT INTO controls (document_id, control_key, org_id, scope, part, control_id, title, level, page, char_from,
                      char_to, pipeline_version)
VALUES (%(document_id)s, %(control_key)s, %(org_id)s, %(scope)s, %(part)s, %(control_id)s, %(title)s, %(level)s,
        %(page)s, %(char_from)s, %(char_to)s, %(pipeline_version)s)
ON CONFLICT (document_id, control_key) DO UPDATE
SET part = excluded.part, control_id = excluded.control_id, title = excluded.title, level = excluded.level,
    page = excluded.page, char_from = excluded.char_from, char_to = excluded.char_to,
    pipeline_version = excluded.pipeline_version
WHERE excluded.char_to - excluded.char_from > controls.char_to - controls.char_from
   OR excluded.pipeline_version <> controls.pipeline_version
