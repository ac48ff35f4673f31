"""Parts that customers' and the desk's pages of an order share."""
