"""What an administrator does: the only places that know an order of effects."""
