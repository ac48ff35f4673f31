"""What orders may do and will do: decided without Django."""
