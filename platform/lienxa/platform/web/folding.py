"""What a page says the same as long as the process lives is put into its template when that is compiled.

Most of a page's calls are texts of the catalogue and addresses of static files. Neither changes while the process
runs, so `_("…")` and `asset("…")` become part of the text around them, escaped once, instead of a call at each page.
"""

from collections.abc import Callable
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.visitor import NodeTransformer

from lienxa.platform.text import _
from lienxa.platform.web.static_files import asset

_FUNCTIONS: dict[str, Callable[[str], str]] = {"_": _, "asset": asset}


class FoldingGenerator(CodeGenerator):
    """The code generator of Jinja's environment; parsing is left as it is."""

    def visit_Template(self, node: nodes.Template, frame: Any = None) -> None:  # noqa: N802
        """Generate the whole template."""
        super().visit_Template(_Folder().visit(node), frame)


class _Folder(NodeTransformer):
    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        function = _FUNCTIONS.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        constant = [given.value for given in node.args if isinstance(given, nodes.Const)]
        if function is None or len(constant) != 1 or len(node.args) != 1 or node.kwargs:
            return node
        return nodes.Const(function(constant[0]), lineno=node.lineno)
