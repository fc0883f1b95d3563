"""What shall be: settings and facts, resolved to a plan without open questions."""
