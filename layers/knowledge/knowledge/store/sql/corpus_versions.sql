SELECT scope, version FROM corpus_versions ORDER BY scope
