"""API keys, tokens of a provider, grants and cases: who asks, and how often."""
