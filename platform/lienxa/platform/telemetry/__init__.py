"""Logs, traces and health. Neither logs nor traces hold personal data, secrets or what a statement was given."""
