"""Replacing the keys of the installation: what is sealed at rest is sealed anew, the chains go on under the new key."""
