"""Our problems in OpenAI's form too: what its clients read of an error, beside the members of RFC 9457."""

from __future__ import annotations

import json
from typing import Any, Final

from fastapi.responses import JSONResponse, Response

PATHS: Final = ("/v1/chat/completions", "/v1/models")


def with_openai_error(response: Response) -> Response:
    """A problem with OpenAI's ``error`` in it; every other response as it is."""
    if response.status_code < 400 or not response.body:
        return response
    said = json.loads(bytes(response.body))
    said["error"] = openai_error(said["status"], said["detail"], said["where"], said["do"])
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return JSONResponse(said, response.status_code, headers, media_type=response.media_type)


def openai_error(status: int, what: str, where: str, do: str) -> dict[str, Any]:
    """The object that OpenAI's clients read: what is wrong, what kind of error that is, and in which parameter."""
    kind = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}.get(
        status, "server_error" if status >= 500 else "invalid_request_error"
    )
    return {"message": f"{what} → {do}" if do else what, "type": kind, "param": where or None, "code": None}
