"""The API under `/api/v1`: who may call it, what is common to all its answers, and the document that describes it.

What it offers is brought by the modules (`rest.py`); see docs/api.md.
"""
