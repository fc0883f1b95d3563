"""The key that signs tokens: minting with it, rotating it."""
