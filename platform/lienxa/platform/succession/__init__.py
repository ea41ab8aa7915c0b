"""Organs that follow others: communes merged into one, or one split, and how open work passes on (ADR 0035)."""
