SELECT analysis, passages, draft, answer, stages FROM known_answer(%(source)s, %(key)s)
