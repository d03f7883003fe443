"""API Gateway's authorizer: an API key to the member it stands for."""
