"""What is to end says so."""

from datetime import date

from litestar import get
from litestar.testing import create_test_client

from lienxa.platform.rest.versions import Ending, ending


def test_an_address_that_ends_says_since_when_and_until_when() -> None:
    @get("/old", sync_to_thread=False, **ending(Ending(date(2027, 1, 1), date(2028, 1, 1))))
    def old() -> str:
        return "still here"

    with create_test_client(old) as client:
        answer = client.get("/old")
        described = client.app.openapi_schema.to_schema()
    # Days are Vietnamese: they begin at 17:00 of the day before in UTC.
    assert answer.headers["deprecation"] == "@1798736400"
    assert answer.headers["sunset"] == "Fri, 31 Dec 2027 17:00:00 GMT"
    assert answer.headers["link"] == '</api/v1>; rel="deprecation"'
    assert described["paths"]["/old"]["get"]["deprecated"] is True
