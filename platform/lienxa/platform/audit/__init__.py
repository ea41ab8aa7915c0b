"""The append-only trail of acts: written with the act, sealed within seconds, verifiable afterwards."""
