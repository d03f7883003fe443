"""Checks of the callers' keys: the functions' service key, the teams' keys, and the store that holds them."""
