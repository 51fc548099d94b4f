"""A credential's life: redemption, activation, registration, verification, management, end."""
