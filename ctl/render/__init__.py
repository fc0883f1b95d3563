"""A plan becomes text, in the syntax of who reads it."""
