SELECT count_words(%(id)s, %(pipeline_version)s)
