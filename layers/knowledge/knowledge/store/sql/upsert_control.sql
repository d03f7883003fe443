-- A control named twice in a document (in a table of contents, say) is kept where its text is longest; where structure
-- shows it, if only a model found the other.
INSERT INTO controls (document_id, pipeline_version, control_key, org_id, scope, part, control_id, title, level, roles,
                      domain, parent_key, withdrawn, edition, page_from, page_to, char_from, char_to, text, obligations,
                      issues, origin, confidence)
VALUES (%(document_id)s, %(pipeline_version)s, %(control_key)s, %(org_id)s, %(scope)s, %(part)s, %(control_id)s,
        %(title)s, %(level)s, %(roles)s, %(domain)s, %(parent_key)s, %(withdrawn)s, %(edition)s, %(page_from)s,
        %(page_to)s, %(char_from)s, %(char_to)s, %(text)s, %(obligations)s, %(issues)s, %(origin)s, %(confidence)s)
ON CONFLICT (document_id, pipeline_version, control_key) DO UPDATE
SET part = excluded.part, control_id = excluded.control_id, title = excluded.title, level = excluded.level,
    roles = excluded.roles, domain = excluded.domain, parent_key = excluded.parent_key,
    withdrawn = excluded.withdrawn, edition = excluded.edition, page_from = excluded.page_from,
    page_to = excluded.page_to, char_from = excluded.char_from, char_to = excluded.char_to, text = excluded.text,
    obligations = excluded.obligations, issues = excluded.issues, origin = excluded.origin,
    confidence = excluded.confidence
WHERE CASE WHEN (excluded.origin = 'model') = (controls.origin = 'model')
           THEN excluded.char_to - excluded.char_from > controls.char_to - controls.char_from
           ELSE controls.origin = 'model' END
