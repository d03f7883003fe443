"""LOW tier: an answer drafted from passages, every sentence with its source."""
