"""A plan becomes files: their text, who may read them, and the links that lead to them."""
