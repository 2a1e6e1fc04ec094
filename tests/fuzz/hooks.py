"""What schemathesis has to be told about this API that a description of it can not say."""

import json
import os
import urllib.request

import schemathesis

URL, KEY = os.environ["SUNLEDGER_URL"], os.environ["SUNLEDGER_KEY"]


def own_key():
    request = urllib.request.Request(f"{URL}/keys?limit=100", headers={"X-API-Key": KEY})
    with urllib.request.urlopen(request) as answer:
        first = json.load(answer)["data"][-1]
    return {str(first["number"]), first["id"]}


OWN_KEY = own_key()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Leaves alone what the rest of the run needs: its own key, and a tenant without limits."""
    path = case.operation.path
    if path == "/keys/{id}" and str(case.path_parameters.get("id")) in OWN_KEY:
        case.path_parameters["id"] = "2"
    if path == "/tenant" and isinstance(case.body, dict):
        case.body.pop("planLimits", None)


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """An import is text."""
    return {"data": value if isinstance(value, bytes) else str(value).encode()}


@schemathesis.deserializer("application/pdf")
def pdf(context, response):
    assert response.content.startswith(b"%PDF-"), "a PDF"
    return response.content.decode("latin-1")
