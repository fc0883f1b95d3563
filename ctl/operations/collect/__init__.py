"""Garbage collection: its windows, its target, its record, its schedule."""
