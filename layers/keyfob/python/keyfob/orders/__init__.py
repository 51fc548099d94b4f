"""Catalog, orders, payment, license keys and their fulfilment."""
