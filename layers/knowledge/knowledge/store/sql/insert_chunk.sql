INSERT INTO chunks (id, document_id, org_id, scope, part, ordinal, pipeline_version, text, heading_path, heading,
                    control_id, control_key, mentioned_keys, page_from, page_to, page_breaks, char_from, char_to, language,
                    embedding_model, dimensions, embedding, marked)
VALUES (%(id)s, %(document_id)s, %(org_id)s, %(scope)s, %(part)s, %(ordinal)s, %(pipeline_version)s, %(text)s,
        %(heading_path)s, %(heading)s, %(control_id)s, %(control_key)s, %(mentioned_keys)s, %(page_from)s,
        %(page_to)s, %(page_breaks)s, %(char_from)s, %(char_to)s, %(language)s, %(embedding_model)s, %(dimensions)s,
        %(embedding)s::halfvec,
        CASE WHEN NOT EXISTS (SELECT FROM released_passages r
                              WHERE r.document_id = %(document_id)s AND r.text_sha256 = %(text_sha256)s)
             THEN %(marked)s::text END)
