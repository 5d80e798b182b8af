"""What becomes of a report."""
