"""Who the forum is and what it decides."""
