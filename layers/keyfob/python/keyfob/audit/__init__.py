"""Who did what to whom, when and from where: chained entries, signed heads, a verifier."""
