"""Which model serves which alias, from the configuration file and the environment."""
