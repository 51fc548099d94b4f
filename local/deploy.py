"""Deploys the template to the emulator: creates or updates it, or finds it unchanged."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.package import Package, fingerprint, package

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_s3 import S3Client

STACK = "keyfob"
ARTIFACTS = "keyfob-local-artifacts"
_ROOT = "root.template"
_POLL = 0.1
_PATIENCE = 180.0
_GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
# A stack in such a state can't be updated, only deleted and created again.
_DEAD = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")


_STUCK = (
    "  The emulator could not go back to the template before. Start anew with `make down`, delete "
    "the folder with the data, and `make up`."
)


class DeploymentFailed(Exception):
    """The emulator refused the template; the message names each resource and its reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The result of a deployment (`created`, `updated` or `unchanged`) and the stack's outputs."""

    action: str
    outputs: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployer:
    """Brings one stack of one emulator up to date. Its clients need all permissions there."""

    cloudformation: "CloudFormationClient"
    s3: "S3Client"

    def deploy(self, template: Path, *, parameters: dict[str, str], api_id: str) -> Deployment:
        """Deploy `template`, with this id for its resource `Api`.

        Raises DeploymentFailed, or TimeoutError after three minutes.
        """
        built = package(template, bucket=ARTIFACTS)
        body = _marked(built.template, parameters, api_id)
        found = self._found()
        if found and found["StackStatus"] in _GOOD and self._deployed_body() == body:
            return Deployment(action="unchanged", outputs=_outputs(found))
        self._upload(built)
        if found and found["StackStatus"] in _DEAD:
            self._delete()
            found = None
        return self._put(body, parameters, update=found is not None)

    def outputs(self) -> dict[str, str]:
        """The outputs of the deployed stack; empty if there is none."""
        found = self._found()
        return _outputs(found) if found else {}

    def _put(self, body: str, parameters: dict[str, str], *, update: bool) -> Deployment:
        self.s3.put_object(Bucket=ARTIFACTS, Key=_ROOT, Body=body.encode())
        put = self.cloudformation.update_stack if update else self.cloudformation.create_stack
        try:
            put(
                StackName=STACK,
                TemplateURL=f"https://s3.amazonaws.com/{ARTIFACTS}/{_ROOT}",
                Parameters=[
                    {"ParameterKey": name, "ParameterValue": value}
                    for name, value in parameters.items()
                ],
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            )
        except ClientError as error:
            if "No updates are to be performed" in str(error):  # rolled back to this very one
                return Deployment(action="unchanged", outputs=self.outputs())
            raise DeploymentFailed(f"the template was refused: {error}") from error
        settled = self._settled()
        if settled is None or settled["StackStatus"] not in _GOOD:
            raise DeploymentFailed(self._why(settled))
        return Deployment(action="updated" if update else "created", outputs=_outputs(settled))

    def _found(self) -> "StackTypeDef | None":
        try:
            return self.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":  # there is no such stack
                return None
            raise

    def _deployed_body(self) -> str:
        body: Any = self.cloudformation.get_template(StackName=STACK, TemplateStage="Original")[
            "TemplateBody"
        ]
        return body if isinstance(body, str) else json.dumps(body, indent=1)

    def _upload(self, built: Package) -> None:
        if ARTIFACTS not in {bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]}:
            region: Any = {"LocationConstraint": self.s3.meta.region_name}
            self.s3.create_bucket(Bucket=ARTIFACTS, CreateBucketConfiguration=region)
        for key, content in built.objects.items():
            self.s3.put_object(Bucket=ARTIFACTS, Key=key, Body=content)

    def _delete(self) -> None:
        self.cloudformation.delete_stack(StackName=STACK)
        left = self._settled()
        if left and left["StackStatus"] != "DELETE_COMPLETE":
            raise DeploymentFailed(self._why(left))

    def _settled(self) -> "StackTypeDef | None":
        deadline = time.monotonic() + _PATIENCE
        while (found := self._found()) and found["StackStatus"].endswith("_IN_PROGRESS"):
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"the stack is still {found['StackStatus']}: see the emulator's log"
                )
            time.sleep(_POLL)
        return found

    def _why(self, stack: "StackTypeDef | None") -> str:
        lines = [f"  {line}" for line in self._failures(stack["StackId"])] if stack else []
        if stack and stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
            lines.append(_STUCK)
        return "\n".join(["the template could not be deployed:", *lines])

    def _failures(self, stack: str) -> list[str]:
        """Resources that failed in the last operation, oldest first, nested stacks included."""
        lines: list[str] = []
        pages = self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        for event in (event for page in pages for event in page["StackEvents"]):
            resource, status = event.get("PhysicalResourceId", ""), event.get("ResourceStatus", "")
            if resource == event["StackId"] and status in (
                "CREATE_IN_PROGRESS",
                "UPDATE_IN_PROGRESS",
            ):
                break  # the operation began here
            if not status.endswith("_FAILED"):
                continue
            reason = event.get("ResourceStatusReason", "no reason given")
            lines.append(
                f"{event.get('LogicalResourceId')} ({event.get('ResourceType')}): {reason}"
            )
            nested = event.get("ResourceType") == "AWS::CloudFormation::Stack"
            if nested and resource not in (event["StackId"], ""):
                lines += self._failures(resource)[::-1]
        return list(dict.fromkeys(reversed(lines)))


def _marked(template: str, settings: dict[str, str], api_id: str) -> str:
    """The template with a hash of its parameters, so that it alone identifies the deployment.

    The emulator takes an API's id from this tag. The whole stack can't have it, as a template has
    several APIs.
    """
    document = json.loads(template)
    document.setdefault("Metadata", {})["Parameters"] = fingerprint(settings)
    tagged = {"Tags": {"ms-custom-id": api_id}, "PropagateTags": True}
    document["Resources"]["Api"]["Properties"] |= tagged
    return json.dumps(document, indent=1)


def _outputs(stack: "StackTypeDef") -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
