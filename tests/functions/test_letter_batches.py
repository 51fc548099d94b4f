"""Batches of letters and their acknowledgments, by the functions (C2, C5, S31, S47)."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from keyfob.domain.proofing.bureau import Address
from tests.functions.test_letters import a_located_one, person, request
from tests.support.canaries import leaked
from tests.support.deployment import Deployment, for_worker, later, sample
from tests.support.fake_bureau import CONFIRMED
from tests.support.proofing import Candidate
from tests.support.recovering import mailed

CANARY = Address(street="88 Sparrow Heights", city="Wrentham", state="MA", postal_code="02093")


def run(deployment: Deployment) -> Any:
    return deployment.invoke("letters", sample("workers/hand_over_letters"))


def objects(deployment: Deployment) -> dict[str, bytes]:
    """The bucket's content."""
    s3, bucket = deployment.client("s3"), deployment.values["BUCKET_LETTERS"]
    found = s3.list_objects_v2(Bucket=bucket).get("Contents", ())
    return {
        one["Key"]: s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in found
    }


def acknowledge(deployment: Deployment, batch: str, content: bytes) -> Any:
    """The provider puts this file; returns the answer to its event."""
    key = f"acknowledged/{batch}.json"
    deployment.client("s3").put_object(
        Bucket=deployment.values["BUCKET_LETTERS"], Key=key, Body=content
    )
    event = sample("workers/acknowledge_letters")
    event["detail"]["object"]["key"] = key
    return deployment.invoke("letters", event)


def mailing(deployment: Deployment, letters: list[str]) -> bytes:
    day = deployment.clock.now().date().isoformat()
    return json.dumps({"mailed_on": day, "letters": letters}).encode()


def handed_over(deployment: Deployment) -> tuple[str, list[str], str]:
    """The batch that was made last, its letters, and the text of the first one."""
    before = set(objects(deployment))
    run(deployment)
    made = {key: content for key, content in objects(deployment).items() if key not in before}
    [manifest] = [json.loads(made[key]) for key in made if key.endswith("manifest.json")]
    batch, letters = manifest["batch"], [one["letter"] for one in manifest["letters"]]
    [page] = PdfReader(BytesIO(made[f"batches/{batch}/{letters[0]}.pdf"])).pages
    return batch, letters, page.extract_text()


def code_in(text: str) -> str:
    [code] = [line.strip() for line in text.splitlines() if line.count("-") == 2 and len(line) < 20]
    return code


def due(deployment: Deployment, who: Candidate) -> None:
    """The clock comes to the holder's case."""
    account = who.holder.visitor.token.partition(".")[0]
    event = for_worker("due_credential", {"due": f"CASE#{account}"})
    assert deployment.invoke("lifecycle_worker", event) == {"batchItemFailures": []}


@pytest.fixture
def ada(deployment: Deployment) -> Candidate:
    """Somebody who has asked for a letter."""
    run(deployment)
    one = a_located_one(deployment)
    assert request(one).status == 200
    return one


def test_a_letter_is_printed_mailed_and_its_code_activates_C2_C5(ada: Candidate) -> None:
    deployment = ada.deployment
    batch, letters, text = handed_over(deployment)
    for part in ("Ada", CONFIRMED.street, "Dallas TX 75201"):
        assert part in text
    told = acknowledge(deployment, batch, mailing(deployment, letters))
    assert told == {"mailed": 1, "passed_over": 0, "refused": 0}
    assert not [key for key in objects(deployment) if key.endswith(f"{letters[0]}.pdf")]
    shown = ada.shown()
    assert shown["state"] == "letter_sent"
    assert shown["letter"]["mailed_on"] == deployment.clock.now().date().isoformat()
    assert shown["letter"]["code_last_day"]
    assert shown["code_until"]
    again = acknowledge(deployment, batch, mailing(deployment, letters))
    assert again == {"mailed": 0, "passed_over": 1, "refused": 0}
    active = ada.activate(code_in(text))
    assert (active.status, active.body["level"]) == (200, 3)
    assert ada.activate(code_in(text)).status == 200


def test_a_run_without_letters_says_so(deployment: Deployment) -> None:
    run(deployment)
    assert run(deployment) == {"batches": 0, "letters": 0, "failed": 0}


def test_a_file_that_is_no_acknowledgment_changes_nothing_S43(ada: Candidate) -> None:
    batch, _, _ = handed_over(ada.deployment)
    for content in (b"nonsense", b"{}", b"x" * 70_000):
        assert acknowledge(ada.deployment, batch, content)["refused"] == 1
    assert ada.shown()["state"] == "letter_requested"


def test_an_event_of_a_file_that_is_gone_changes_nothing_S42(deployment: Deployment) -> None:
    event = sample("workers/acknowledge_letters")
    assert deployment.invoke("letters", event)["refused"] == 1


def test_after_seven_days_without_acknowledgment_another_letter_is_free_C2(ada: Candidate) -> None:
    deployment = ada.deployment
    _, _, text = handed_over(deployment)
    later(deployment, days=7)
    due(deployment, ada)
    assert run(deployment)["letters"] == 0
    assert not [key for key in objects(deployment) if key.endswith(".pdf")]
    shown = ada.shown()
    assert (shown["state"], shown["letter"]["available"]) == ("wrong_answers", True)
    refused = ada.activate(code_in(text))
    assert (refused.status, refused.code) == (403, "wrong_activation_code")


def test_address_and_code_stand_in_no_row_log_or_report_S31_S47(
    deployment: Deployment,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    run(deployment)
    one = a_located_one(deployment)
    deployment.bureau.confirmed = CANARY
    request(one)
    deployment.bureau.confirmed = CONFIRMED
    batch, letters, text = handed_over(deployment)
    report = acknowledge(deployment, batch, mailing(deployment, letters))
    rows = repr(deployment.engine.snapshot(deployment.tables))
    logged = (
        "".join(capsys.readouterr())
        + caplog.text
        + repr([line.__dict__ for line in caplog.records])
    )
    left = repr(objects(deployment))
    code = code_in(text)
    assert CANARY.street in text
    secrets = (CANARY.street, "Wrentham", "02093", code, code.replace("-", ""))
    for place in (rows, logged, left, json.dumps(report)):
        assert leaked(secrets, place) == []


def test_a_manifest_that_is_there_is_never_written_again_S42(deployment: Deployment) -> None:
    from letters import wiring

    files = wiring.dispatching()._files
    files.put_manifest("20270104-0", {"letters": ["first"]})
    files.put_manifest("20270104-0", {"letters": ["second"]})
    stored = json.loads(objects(deployment)["batches/20270104-0/manifest.json"])
    assert stored == {"letters": ["first"]}


def letters_told(deployment: Deployment, who: Candidate) -> list[str]:
    """The subjects of the mails about letters."""
    user = who.holder.visitor.user_id
    return [subject for subject, _ in mailed(deployment, user) if "letter" in subject.lower()]


def test_the_holder_is_told_of_the_mailing_unless_another_letter_was_asked_for_since_C5(
    ada: Candidate,
) -> None:
    deployment = ada.deployment
    batch, letters, _ = handed_over(deployment)
    acknowledge(deployment, batch, mailing(deployment, letters))
    later(deployment, days=1)
    again = request(ada, person=person())
    assert again.body["state"] == "letter_requested", again.body
    assert letters_told(deployment, ada) == [], "that code is dead"
    batch, letters, _ = handed_over(deployment)
    acknowledge(deployment, batch, mailing(deployment, letters))
    assert letters_told(deployment, ada) == ["A letter with your activation code is on its way"]
    refused = request(ada, person=person())
    assert (refused.status, refused.code) == (409, "letters_used_up")
    assert refused.body["until"] == ada.shown()["letter"]["available_from"]
