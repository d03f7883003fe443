"""Who may call the proxy: the functions' service key, teams' keys, and the store that holds them."""
