"""What is to go, and the way back."""
