"""Talking to a running registry: HTTP, tokens, challenges, and the hops of a verification."""
