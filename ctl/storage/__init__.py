"""The registry's storage tree: what it holds, what nothing needs any more, and the way out and back."""
