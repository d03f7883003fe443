"""The offline provider: embeddings, answers made of copied sentences, and choice among described values."""
