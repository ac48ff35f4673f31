"""Steps of every request, whatever page it asks for."""
