"""What is wrong with a settings file, where, and what to do about it."""
