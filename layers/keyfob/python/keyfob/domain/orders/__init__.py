"""Products, orders, license keys, shipments, and what the payment provider is asked."""
