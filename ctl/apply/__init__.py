"""Effects on disk: generations, the links that lead to them, the lock that guards them."""
