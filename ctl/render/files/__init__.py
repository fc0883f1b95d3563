"""The three texts from a plan; no place of this machine."""
