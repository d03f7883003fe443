"""HIGH tier: only what stands on its source leaves the house."""
