SELECT scope, state FROM scopes_to_tend()
