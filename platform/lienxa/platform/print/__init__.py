"""Papers as PDF, set by typst in Tinos, which has the measures of the prescribed Times New Roman.

A template is a `.typ` file beside a module's pages (`templates/<module>/<name>.typ`). It begins with
`#import "lienxa.typ": *` and reads what it shows from `data`; data is never markup, whatever is in it.
"""

from lienxa.platform.print.aside import pdf_aside
from lienxa.platform.print.binder import Binder
from lienxa.platform.print.papers import pdf
from lienxa.platform.print.picture import picture_as_svg
from lienxa.platform.print.qr import Modules, qr, qr_modules

__all__ = ["Binder", "Modules", "pdf", "pdf_aside", "picture_as_svg", "qr", "qr_modules"]
