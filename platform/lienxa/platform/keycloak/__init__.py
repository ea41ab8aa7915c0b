"""A Keycloak server of our own (`make run SSO=keycloak`): fetched by name, built once, run beside the service."""
