"""Handing texts and calls over, and interpreting the answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.loaders import Loader

from keyfob.domain.error_description import described
from keyfob.domain.phones.errors import PhoneUnavailable, PhoneUnreachable
from keyfob.domain.phones.wording import Call, code_call
from keyfob.gateways.phone_messages import EndUserMessaging

NUMBER, CALL = "+12025550123", Call(ssml="<speak>Hello</speak>", voice="JOANNA")


class Client:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.requests: list[dict[str, Any]] = []

    def send_text_message(self, **request: Any) -> None:
        self.requests.append({"operation": "text", **request})
        if self.error:
            raise self.error

    def send_voice_message(self, **request: Any) -> None:
        self.requests.append({"operation": "voice", **request})
        if self.error:
            raise self.error


def messages(client: Client, *, sender: str = "", configuration_set: str = "") -> EndUserMessaging:
    return EndUserMessaging(
        client,  # type: ignore[arg-type]
        sender=sender,
        configuration_set=configuration_set,
        lifetime=timedelta(minutes=5),
    )


def an_error(code: str, **more: Any) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": f"{NUMBER} is wrong"}, **more}
    return ClientError(response, "SendTextMessage")


def test_a_text_goes_out_as_worded_and_expires_with_its_code() -> None:
    client = Client()
    messages(client, sender="pool-1", configuration_set="reports").text(NUMBER, "12345 é")
    assert client.requests == [
        {
            "operation": "text",
            "DestinationPhoneNumber": NUMBER,
            "MessageBody": "12345 é",
            "MessageType": "TRANSACTIONAL",
            "OriginationIdentity": "pool-1",
            "ConfigurationSetName": "reports",
            "TimeToLive": 300,
        }
    ]


def test_a_call_speaks_ssml_with_its_voice() -> None:
    client = Client()
    messages(client, sender="+12025550100").call(NUMBER, CALL)
    assert client.requests == [
        {
            "operation": "voice",
            "DestinationPhoneNumber": NUMBER,
            "MessageBody": CALL.ssml,
            "MessageBodyTextType": "SSML",
            "VoiceId": "JOANNA",
            "OriginationIdentity": "+12025550100",
            "TimeToLive": 300,
        }
    ]


def test_an_unset_option_is_not_sent() -> None:
    client = Client()
    messages(client).text(NUMBER, "x")
    assert not {"OriginationIdentity", "ConfigurationSetName"} & set(client.requests[0])


UNAVAILABLE = [
    an_error("InternalServerException"),
    an_error("ThrottlingException"),
    an_error("AccessDeniedException", Reason="ACCOUNT_DISABLED"),
    an_error("ServiceQuotaExceededException", Reason="MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"),
    an_error("ResourceNotFoundException", ResourceType="sender-id"),
    an_error("ConflictException", Reason="NO_ORIGINATION_IDENTITIES_FOUND"),
    an_error("ValidationException", Reason="MISSING_PARAMETER"),
    an_error("ValidationException", Reason="FIELD_VALIDATION_FAILED", Fields=None),
    an_error(
        "ValidationException",
        Reason="FIELD_VALIDATION_FAILED",
        Fields=[{"Name": "OriginationIdentity", "Message": "unknown"}],
    ),
    an_error("502"),
    ReadTimeoutError(endpoint_url=f"https://sms.example/{NUMBER}"),
    ConnectTimeoutError(endpoint_url="https://sms.example"),
    EndpointConnectionError(endpoint_url="https://sms.example"),
    NoCredentialsError(),
]
UNREACHABLE = [
    an_error("ConflictException", Reason="DESTINATION_PHONE_NUMBER_OPTED_OUT"),
    an_error("ConflictException", Reason="DESTINATION_PHONE_NUMBER_NOT_VERIFIED"),
    an_error("ConflictException", Reason="DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"),
    an_error(
        "ConflictException", Reason="DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE"
    ),
    an_error("ServiceQuotaExceededException", Reason="DAILY_DESTINATION_CALL_LIMIT"),
    an_error("ValidationException", Reason="COUNTRY_NOT_ENABLED"),
    an_error("ValidationException", Reason="DESTINATION_COUNTRY_BLOCKED"),
    an_error("ValidationException", Reason="INTERNATIONAL_SENDING_NOT_SUPPORTED"),
    an_error("ValidationException", Reason="INVALID_IDENTITY_FOR_DESTINATION_COUNTRY"),
    an_error(
        "ValidationException",
        Reason="FIELD_VALIDATION_FAILED",
        Fields=[{"Name": "DestinationPhoneNumber", "Message": f"{NUMBER} is not a number"}],
    ),
]


def told(error: Exception, *, by: str) -> PhoneUnavailable | PhoneUnreachable:
    """The error raised for this failure, after a single try."""
    client = Client(error)
    sender = messages(client)
    with pytest.raises((PhoneUnavailable, PhoneUnreachable)) as refused:
        sender.text(NUMBER, "x") if by == "text" else sender.call(NUMBER, CALL)
    assert len(client.requests) == 1
    assert isinstance(refused.value, PhoneUnavailable | PhoneUnreachable)
    return refused.value


@pytest.mark.parametrize("by", ["text", "voice"])
@pytest.mark.parametrize("error", UNAVAILABLE, ids=str)
def test_a_temporary_failure_is_raised_as_unavailable_after_one_try_S50(
    error: Exception, by: str
) -> None:
    assert type(told(error, by=by)) is PhoneUnavailable


@pytest.mark.parametrize("by", ["text", "voice"])
@pytest.mark.parametrize("error", UNREACHABLE, ids=lambda error: error.response.get("Reason"))
def test_a_failure_of_the_number_is_raised_as_unreachable_S50(error: Exception, by: str) -> None:
    assert type(told(error, by=by)) is PhoneUnreachable


@pytest.mark.parametrize("error", [*UNAVAILABLE, *UNREACHABLE])
def test_no_failure_shows_the_number_but_its_line_names_the_code_S47(error: Exception) -> None:
    refused = told(error, by="text")
    assert NUMBER not in repr(refused) + str(refused) + str(described(refused))
    assert refused.__cause__ is None
    assert refused.__suppress_context__
    assert described(refused)["error"][1].startswith(type(error).__name__)


def test_the_reasons_are_the_services_own() -> None:
    shapes: Any = Loader().load_service_model("pinpoint-sms-voice-v2", "service-2")["shapes"]
    known = {
        reason
        for name in ("Conflict", "Validation", "ServiceQuotaExceeded")
        for reason in shapes[f"{name}ExceptionReason"]["enum"]
    }
    played = {
        str(error.response.get("Reason")) for error in UNREACHABLE if isinstance(error, ClientError)
    }
    assert played <= known


def test_our_voices_are_the_services_own() -> None:
    shapes: Any = Loader().load_service_model("pinpoint-sms-voice-v2", "service-2")["shapes"]
    ours = {code_call("123456", 5, language, "K").voice for language in ("en", "de", "fr", "es")}
    assert ours <= set(shapes["VoiceId"]["enum"])
