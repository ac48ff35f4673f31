"""What must hold in a live database, checked."""
