DROP FUNCTION authenticate(text);
DROP TABLE query_stages, queries, embedding_spaces, controls, chunks, parts, documents, api_keys, memberships, teams,
    users, organisations;
DROP FUNCTION current_scopes();
DROP FUNCTION current_member();
DROP FUNCTION current_org();
