"""What must be known of the machine; gathered here and nowhere else."""
