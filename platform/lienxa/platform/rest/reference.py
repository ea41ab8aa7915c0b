"""The document of the API, for programs and for people. It describes no data, so everybody may read it."""

from litestar import Controller, Response, get

from lienxa.platform.rest import document


class ReferenceController(Controller):
    """`/api/v1` itself."""

    path = "/"
    opt = {"public": True}

    @get("/openapi.json", operation_id="ReadApiDocument")
    async def read(self) -> Response[bytes]:
        """The OpenAPI document."""
        headers = {"cache-control": "public, max-age=300", "access-control-allow-origin": "*"}
        return Response(document.encoded(), media_type="application/vnd.oai.openapi+json", headers=headers)
