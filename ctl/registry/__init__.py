"""Talking to a running registry: HTTP, tokens, challenges."""
