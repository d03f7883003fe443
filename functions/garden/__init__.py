"""BATCH tier: maintains the graph on a schedule: merges spellings, proposes links, has them judged."""
