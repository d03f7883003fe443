"""HIGH tier: an answer keeps only sentences that a source supports."""
