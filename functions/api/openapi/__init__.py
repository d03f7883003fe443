"""The description of the HTTP API (OpenAPI 3.1). The handler never imports it: it costs a cold start nothing."""
