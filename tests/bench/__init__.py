"""Measurements; ``make bench`` prints them, they are no tests."""
