"""AWS End User Messaging sends texts and places calls: one try, since a second one costs as much.

No answer fails closed with `PhoneUnavailable`. The service's error text may contain the number, so
our errors leave it out (S47).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from keyfob.domain.phones.errors import PhoneUnavailable, PhoneUnreachable
from keyfob.domain.phones.wording import Call

if TYPE_CHECKING:
    from mypy_boto3_pinpoint_sms_voice_v2.client import PinpointSMSVoiceV2Client

# Lasting reasons that lie in the number: waiting won't change them.
_UNREACHABLE = frozenset(
    {
        "COUNTRY_NOT_ENABLED",
        "DAILY_DESTINATION_CALL_LIMIT",
        "DESTINATION_COUNTRY_BLOCKED",
        "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
        "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
        "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
        "DESTINATION_PHONE_NUMBER_OPTED_OUT",
        "INTERNATIONAL_SENDING_NOT_SUPPORTED",
        "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY",
    }
)
_NUMBER = "DestinationPhoneNumber"


class EndUserMessaging:
    """Texts and calls.

    Args:
        client: a client that tries once.
        sender: the number, pool or sender id that messages come from; empty: any of the account's,
            which calls can't use.
        configuration_set: where deliveries are reported; empty: nowhere.
        lifetime: how long a message stays true; undelivered by then, it is dropped.
            5 seconds to 72 hours.
    """

    def __init__(
        self,
        client: PinpointSMSVoiceV2Client,
        *,
        sender: str,
        configuration_set: str,
        lifetime: timedelta,
    ) -> None:
        self._client = client
        given = {"OriginationIdentity": sender, "ConfigurationSetName": configuration_set}
        self._always: dict[str, Any] = {name: value for name, value in given.items() if value}
        self._always["TimeToLive"] = int(lifetime.total_seconds())

    def text(self, number: str, body: str) -> None:
        """Send a text.

        Raises:
            PhoneUnavailable: it wasn't accepted, or there was no answer.
            PhoneUnreachable: this number won't get it.
        """
        self._send(
            self._client.send_text_message,
            number,
            {"MessageBody": body, "MessageType": "TRANSACTIONAL"},
        )

    def call(self, number: str, call: Call) -> None:
        """Place a call.

        Raises:
            PhoneUnavailable: it wasn't accepted, or there was no answer.
            PhoneUnreachable: this number won't get it.
        """
        self._send(
            self._client.send_voice_message,
            number,
            {"MessageBody": call.ssml, "MessageBodyTextType": "SSML", "VoiceId": call.voice},
        )

    def _send(self, operation: Callable[..., Any], number: str, message: dict[str, str]) -> None:
        try:
            operation(**{_NUMBER: number}, **message, **self._always)
        except ClientError as error:
            raise (PhoneUnreachable if _by_the_number(error) else PhoneUnavailable) from None
        except BotoCoreError:
            raise PhoneUnavailable from None


def _by_the_number(error: ClientError) -> bool:
    answer: Any = error.response
    wrong = {field.get("Name") for field in answer.get("Fields") or []}
    return answer.get("Reason") in _UNREACHABLE or _NUMBER in wrong
