"""`wissen eval`: one module for each part, each of which asks or reads through the API first and only then opens the
answer key. `scores` and `likeness` are pure; `session` is what the parts of one run share."""
