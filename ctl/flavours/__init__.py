"""What the three kinds of registry program accept, and how one tells them apart."""
