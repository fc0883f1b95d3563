"""A machine where ctl keeps registry and nginx running under runit, out of generations."""
