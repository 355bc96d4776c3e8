"""What several tests stand on: a client that acts as the gateway, keys, an issuer."""
