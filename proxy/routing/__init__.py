"""Choice of the model for each alias, from the configuration file and the environment."""
