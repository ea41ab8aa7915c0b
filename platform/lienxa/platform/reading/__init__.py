"""What stands on the pages of a PDF: its text with the places of the lines, read in a process of its own.

A PDF comes from anywhere. The library that opens it is C++ and costs tens of megabytes, so it runs in a child process
with limits of memory and time, which ends with the file (ADR 0046). What the lines mean is for the module that asked.
"""

from lienxa.platform.reading.aside import read_aside
from lienxa.platform.reading.pages import Line, Page, Reading

__all__ = ["Line", "Page", "Reading", "read_aside"]
