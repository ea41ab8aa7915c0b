"""The roll-up: figures that modules publish about an organ, written by the organ, read by those above it.

A write appends a mark; a sweep wants one job per marked organ and module; the job recomputes the figures from rows.
Figures therefore cannot drift and are seconds old (design: architecture, decisions 3 and 4).
"""
