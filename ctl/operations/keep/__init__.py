"""What is kept for the day that everything is lost."""
