"""What can be looked at: probes, each with one finding; the runner that asks them side by side."""
