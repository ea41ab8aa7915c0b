"""Organs, their tree, and the way from a host name to a tenant."""
