"""An operator at the operators' API of the local stack: used by the demo and the tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local.services import REGION

if TYPE_CHECKING:
    from local.stack import Stack

_TIMEOUT = 120
_ROLE = "keyfob-operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person's session of a role; each request is signed by it (Signature Version 4).

    `url` is the API's address, without its stage.
    """

    url: str
    credentials: Credentials | None

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """One signed request to `/v1<path>?<query>`; without credentials it isn't signed."""
        # Encoded as the signature takes it, which knows no plus sign for a blank.
        asked = f"?{urlencode(query, quote_via=quote, safe='')}" if query else ""
        request = AWSRequest(
            method,
            f"{self.url}/v1{path}{asked}",
            headers={"Content-Type": "application/json"},
            data=json.dumps(body) if body is not None else None,
        )
        if self.credentials:
            SigV4Auth(self.credentials, "execute-api", REGION).add_auth(request)
        return requests.request(
            method,
            str(request.url),
            data=request.data,
            headers=dict(request.headers),
            timeout=_TIMEOUT,
        )

    def find(self, text: str) -> list[dict[str, str]]:
        """Everything that has this text as a name."""
        answer = self.call("GET", "/operator/search", query={"q": text})
        found: list[dict[str, str]] = answer.json()["found"]
        return found


def operator(stack: Stack, name: str) -> Operator:
    """A person of this name who has assumed the operators' role."""
    url = f"{stack.emulator_url}/_aws/execute-api/{stack.outputs['OperatorApiId']}"
    return Operator(url=url, credentials=session_of(stack, _role(stack), name))


def session_of(stack: Stack, role: str, name: str) -> Credentials:
    """The credentials of a session of this role."""
    granted = stack.client("sts").assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]
    return Credentials(granted["AccessKeyId"], granted["SecretAccessKey"], granted["SessionToken"])


def _policy(stack: Stack) -> dict[str, Any]:
    """The operators' rights: to call this API, and nothing else."""
    resource = f"arn:aws:execute-api:{REGION}:*:{stack.outputs['OperatorApiId']}/v1/*"
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _role(stack: Stack) -> str:
    """The operators' role, made if there is none."""
    iam = stack.client("iam")
    anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [anybody]}
    try:
        made = iam.create_role(RoleName=_ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityAlreadyExists":
            raise
        made = iam.get_role(RoleName=_ROLE)
    iam.put_role_policy(
        RoleName=_ROLE, PolicyName="operate", PolicyDocument=json.dumps(_policy(stack))
    )
    return str(made["Role"]["Arn"])
