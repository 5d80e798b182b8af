"""What Baraza can carry, measured against a floor of the same run on the same machine."""
