"""The token key pair and the secrets file that keeps it."""
