"""What other modules may ask of the one-stop."""

from lienxa.tenants.procedures.operations import moved_due_dates

__all__ = ["moved_due_dates"]
