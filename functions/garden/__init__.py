"""BATCH tier: lets a document answer questions once it is complete, and looks after the graph on schedule."""
