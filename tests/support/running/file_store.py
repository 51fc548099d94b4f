"""The file store's own addresses in this process: forms that upload, links that fetch."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import requests
from urllib3 import HTTPHeaderDict
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

Http = tuple[int, HTTPHeaderDict, bytes]


def answer(s3: Any, request: requests.PreparedRequest) -> Http:
    """The answer to a presigned request; `tests/stack` has the real store judge signatures."""
    address = urlsplit(str(request.url))
    if request.method == "POST":
        return _upload(s3, address.netloc, request)
    bucket, key = _named(address.netloc, unquote(address.path))
    found = s3.get_object(Bucket=bucket, Key=key)
    [disposition] = parse_qs(address.query)["response-content-disposition"]
    headers = {"Content-Type": found["ContentType"], "Content-Disposition": disposition}
    return 200, HTTPHeaderDict(headers), found["Body"].read()


def _upload(s3: Any, host: str, request: requests.PreparedRequest) -> Http:
    content = request.body
    assert isinstance(content, bytes)
    mimetype, options = parse_options_header(request.headers["Content-Type"])
    _, fields, files = FormDataParser().parse(BytesIO(content), mimetype, len(content), options)
    bucket, _ = _named(host, urlsplit(str(request.url)).path)
    with files["file"].stream as file:
        s3.put_object(
            Bucket=bucket,
            Key=fields["key"],
            Body=file.read(),
            ContentType=fields["Content-Type"],
        )
    return 204, HTTPHeaderDict(), b""


def _named(host: str, path: str) -> tuple[str, str]:
    """The bucket and the key in an address; the bucket is the host's first part or the path's."""
    bucket, _, rest = host.partition(".s3.")
    if rest:
        return bucket, path.removeprefix("/")
    bucket, _, key = path.removeprefix("/").partition("/")
    return bucket, key
