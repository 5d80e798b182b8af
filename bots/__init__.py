"""What is said, the same on every channel."""
