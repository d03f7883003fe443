"""The proxy's figures for Prometheus and CloudWatch, and its log lines without content."""
