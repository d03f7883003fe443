"""The command line of Wissen and the stack it embeds on one machine."""
