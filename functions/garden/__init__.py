"""BATCH tier: lets a document answer questions once it is complete."""
