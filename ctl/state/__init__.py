"""What outlives a run beside generations: small files, each written whole or not at all."""
