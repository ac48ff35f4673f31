"""What happens to every request, whatever page it asks for."""
