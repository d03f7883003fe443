INSERT INTO embedding_spaces (org_id, model, dimensions) VALUES (%(org_id)s, %(model)s, %(dimensions)s)
ON CONFLICT (org_id) DO NOTHING
