"""Keys and seals; pure, no database."""
