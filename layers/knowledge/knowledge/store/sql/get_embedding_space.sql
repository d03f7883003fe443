SELECT model, dimensions FROM embedding_spaces
