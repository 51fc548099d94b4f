"""Beginning holds, binding first authenticators, releasing them; freezing accounts."""
