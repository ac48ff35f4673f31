"""What the pages of an order share, customers' and the desk's."""
