"""The command line: signatures and docstrings; the work is done elsewhere."""

import gc

# What a command imports and builds stays until its end and holds few cycles: to look for them a hundred times
# while it starts is in vain.
gc.set_threshold(50_000)
