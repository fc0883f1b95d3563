"""The command line: signatures and docstrings; the work is done elsewhere."""
