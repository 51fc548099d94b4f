"""The local stack: started, deployed, stopped, continued with its data, removed without trace."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.deploy import DeploymentFailed
from local.processes import Process
from local.record import load
from local.services import died_unsaved, last_save, log_of
from local.stack import FunctionFailed, Stack, local_stack, start, stop

HOUSE = Path(__file__).parent / "house"
TEMPLATE = HOUSE / "template.yaml"
# The caller of the tests may have set their programs to ignore some.
UNTIL_A_SIGNAL = """
import dataclasses, json, pathlib, signal, sys, time
from local.stack import local_stack
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    ignored = number.name in sys.argv[2:]
    signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL)
with local_stack(template=pathlib.Path(sys.argv[1])) as stack:
    record = dataclasses.asdict(stack.record)
    print(json.dumps({"state": str(stack.state), **record}), flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with local_stack(template=TEMPLATE) as running:
        yield running


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "state"
    stop(tmp_path / "state")


def rows(stack: Stack) -> set[str]:
    items = stack.client("dynamodb").scan(TableName=stack.outputs["Table"])["Items"]
    return {item["id"]["S"] for item in items}


def seen(stack: Stack, row: str) -> bool:
    """Whether the stream shows this row to its function before long."""
    sqs, deadline = stack.client("sqs"), time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=stack.outputs["Seen"], WaitTimeSeconds=1)
        if row in {message["Body"] for message in answer.get("Messages", [])}:
            return True
    return False


def test_a_function_answers_through_the_front_with_its_layer(stack: Stack) -> None:
    with urllib.request.urlopen(f"{stack.url}/v1/greeting", timeout=30) as answer:
        assert json.load(answer) == {"greeting": "hello"}


def test_a_function_may_do_what_its_role_says_and_nothing_else(stack: Stack) -> None:
    stack.invoke("KeeperFunction", {"keep": "allowed"})
    assert "allowed" in rows(stack)
    with pytest.raises(FunctionFailed, match="not authorized to perform: dynamodb:Scan"):
        stack.invoke("KeeperFunction", {"read": True})


def test_the_secret_of_the_stripe_double_is_where_functions_look_for_it(stack: Stack) -> None:
    kept = stack.client("secretsmanager").get_secret_value(
        SecretId=stack.outputs["StripeSecretName"]
    )
    assert json.loads(kept["SecretString"]) == {
        "api_key": stack.record.stripe_key,
        "webhook_secrets": [stack.record.webhook_secret],
    }


def test_the_secret_of_the_front_is_where_functions_look_for_it_S63(stack: Stack) -> None:
    kept = stack.client("secretsmanager").get_secret_value(
        SecretId=stack.outputs["FrontSecretName"]
    )
    assert json.loads(kept["SecretString"]) == {"current": stack.record.front_secret}


def test_an_unchanged_template_is_not_deployed_again(stack: Stack) -> None:
    assert stack.deploy(TEMPLATE).action == "unchanged"


def test_a_changed_function_is_deployed(stack: Stack, tmp_path: Path) -> None:
    house = Path(shutil.copytree(HOUSE, tmp_path / "house"))
    code = house / "functions" / "keeper" / "app.py"
    code.write_text(code.read_text().replace('"greeting": GREETING', '"greeting": "changed"'))
    assert stack.deploy(house / "template.yaml").action == "updated"
    assert json.loads(stack.invoke("KeeperFunction", {})["body"]) == {"greeting": "changed"}


def test_a_second_start_finds_its_data_and_its_stream_goes_on(state: Path) -> None:
    first = start(state, keep=True)
    assert first.deploy(TEMPLATE).action == "created"
    for number in range(3):
        first.invoke("KeeperFunction", {"keep": f"before-{number}"})
    assert seen(first, "before-2")
    assert start(state, keep=True).record == first.record, "a running stack is continued"
    assert stop(state) == ["front", "emulator"]
    assert stop(state) == [], "stopping twice is harmless"

    second = start(state, keep=True)
    assert second.url == first.url
    assert second.deploy(TEMPLATE).action == "unchanged"
    assert rows(second) == {"before-0", "before-1", "before-2"}
    second.invoke("KeeperFunction", {"keep": "after"})
    assert seen(second, "after")


def test_a_killed_emulator_is_noticed_with_the_time_of_its_last_save(state: Path) -> None:
    assert not died_unsaved(state)
    first = start(state, keep=True)
    assert last_save(state) is None
    first.client("sqs").create_queue(QueueName="kept")
    stop(state)
    assert not died_unsaved(state), "it saved its data when it was stopped"
    saved = last_save(state)
    assert saved
    again = start(state, keep=True)
    assert again.record.emulator
    assert first.record.emulator != again.record.emulator
    os.killpg(again.record.emulator.pid, signal.SIGKILL)
    stop(state)
    assert died_unsaved(state)
    assert last_save(state) == saved


def test_a_front_that_died_is_started_again_beside_the_same_data(state: Path) -> None:
    first = start(state, keep=True)
    first.client("sqs").create_queue(QueueName="kept")
    assert first.record.front
    first.record.front.stop(patience=30)
    second = start(state, keep=True)
    assert second.record.running
    assert len(second.client("sqs").list_queues()["QueueUrls"]) == 1


@pytest.mark.parametrize(
    ("ending", "ignored"),
    [
        (signal.SIGHUP, ""),
        (signal.SIGINT, "SIGINT"),  # as in a shell's background job
    ],
)
def test_a_signal_leaves_nothing_running_and_nothing_behind(
    ending: signal.Signals, ignored: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", UNTIL_A_SIGNAL, str(TEMPLATE), ignored],
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout
        told = next(line for line in program.stdout if line.startswith("{"))
        program.send_signal(ending)
        program.communicate(timeout=60)
    for name in ("front", "emulator"):
        assert not Process(**json.loads(told)[name]).alive
    assert not Path(json.loads(told)["state"]).exists()


def test_a_refused_template_says_which_and_why(tmp_path: Path) -> None:
    house = Path(shutil.copytree(HOUSE, tmp_path / "house"))
    data = house / "infra" / "data.yaml"
    key = "  Bad: {Type: AWS::KMS::Key, Properties: {KeySpec: NONSENSE, KeyPolicy: {}}}\n"
    data.write_text(data.read_text().replace("\nOutputs:", f"{key}\nOutputs:"))
    state = tmp_path / "state"
    with (
        pytest.raises(DeploymentFailed, match=r"Data .*KeySpec NONSENSE"),
        local_stack(state, template=house / "template.yaml"),
    ):
        pytest.fail("it was deployed")
    record = load(state)
    assert record
    assert not record.processes


def test_the_logs_contain_the_events(stack: Stack) -> None:
    assert "Ready" in log_of("emulator", stack.state).read_text()
    assert log_of("front", stack.state).exists()
