"""What is told to many, and what is heard."""
