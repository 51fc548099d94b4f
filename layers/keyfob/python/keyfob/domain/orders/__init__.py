"""Products, orders, license keys, shipments, and the payment provider's interface."""
