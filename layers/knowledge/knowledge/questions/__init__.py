"""Questions: intent, keywords, entities, time markers, other words for them, and what a follow-up asks in full."""
