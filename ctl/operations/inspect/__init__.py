"""What only looks: status, validate, explain, show-config, diff-config."""
