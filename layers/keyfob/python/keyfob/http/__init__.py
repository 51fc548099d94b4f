"""The edge: admission, problems, the resolver and the OpenAPI document."""
