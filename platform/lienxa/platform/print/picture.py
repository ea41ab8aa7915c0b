"""Pictures as drawings."""

from base64 import b64encode


def picture_as_svg(png: bytes) -> str:
    """A square PNG as SVG, so that data of a paper can carry it; a template shows it with `drawing`."""
    content = b64encode(png).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        f'<image width="100" height="100" href="data:image/png;base64,{content}"/></svg>'
    )
