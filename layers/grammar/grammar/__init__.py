"""The grammar of compliance texts: ids, catalogues, duties, sentences, language. Pure; imports nothing of ours."""
