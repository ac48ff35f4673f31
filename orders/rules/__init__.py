"""The rules of orders and their effects: decided without Django."""
