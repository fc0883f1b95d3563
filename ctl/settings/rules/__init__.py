"""What no setting says alone, a module a subject; `every` runs them all."""
