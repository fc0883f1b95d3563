"""The declaration of every setting: one pydantic field each, and what is read off it."""
