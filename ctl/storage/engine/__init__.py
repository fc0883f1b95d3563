"""What is live and what goes: an index of numbers, marks over it; knows no back-end."""
