"""The embedded issuer: an OpenID provider shaped like Keycloak, for the demonstration and the tests alone.

It runs inside the web process, of which the embedded profile has exactly one: authorization codes live in its memory.
In the production profile, or on an address that others can reach, it refuses to exist.
"""
