"""The rights of each function's role on AWS, with their conditions.

It lists conditions by resource, function and action: `ALL` is no condition, and a row's key must
match one of several patterns. A role may do nothing that isn't listed.
"""

from tests.support.templates import Rights

ALL = ""

# License keys, temporary passwords, recovery codes, freeze links and kept phone numbers, for the
# notifier alone.
SEALS = (
    "AccountsFunction",
    "LicenseKeysFunction",
    "AdministrationFunction",
    "ConnectionsFunction",
    "CredentialsFunction",
    "InvitationsFunction",
    "RegistrationsFunction",
    "GuestsFunction",
    "InstantProofingFunction",
    "OperationsFunction",
    "PaymentWorkerFunction",
    "LifecycleWorkerFunction",
    "EffectsWorkerFunction",
    "RecoveryFunction",
    "PhonesFunction",
)
# License keys, recovery codes, release codes, phones' codes, device values, subjects of statements.
HASHES = (
    "LicenseKeysFunction",
    "AdministrationFunction",
    "InstantProofingFunction",
    "AgentsFunction",
    "CredentialsFunction",
    "SessionFunction",
    "OperationsFunction",
    "RegistrationFunction",
    "PaymentWorkerFunction",
    "LifecycleWorkerFunction",
    "RedemptionFunction",
    "RecoveryFunction",
    "ElevationFunction",
    "PhonesFunction",
    "StatementsFunction",
    "InvitationsFunction",
    "RegistrationsFunction",
    "GuestsFunction",
)
READS_STRIPE_SECRET = (
    "WebstoreFunction",
    "GuestsFunction",
    "StripeWebhookFunction",
    "PaymentWorkerFunction",
    "EffectsWorkerFunction",
    "LifecycleWorkerFunction",
)
# A queued message or outside call that follows from a change.
PROMISES = (
    "CampaignsFunction",
    "SponsorshipsFunction",
    "InvitationsFunction",
    "RegistrationsFunction",
    "GuestsFunction",
    "AccountsFunction",
    "AccessFunction",
    "ApprovalsFunction",
    "LicenseKeysFunction",
    "AdministrationFunction",
    "InstantProofingFunction",
    "LettersFunction",
    "AgentsFunction",
    "ProofingFunction",
    "ConnectionsFunction",
    "DisputesFunction",
    "FreezesFunction",
    "SessionFunction",
    "RecoveryFunction",
    "ElevationFunction",
    "PhonesFunction",
    "RegistrationFunction",
    "CredentialsFunction",
    "WebstoreFunction",
    "PaymentWorkerFunction",
    "LifecycleWorkerFunction",
)
ENTERS = (
    "CampaignsFunction",
    "SponsorshipsFunction",
    "InvitationsFunction",
    "RegistrationsFunction",
    "GuestsFunction",
    "AccountsFunction",
    "AccessFunction",
    "ApprovalsFunction",
    "LicenseKeysFunction",
    "AdministrationFunction",
    "InstantProofingFunction",
    "LettersFunction",
    "AgentsFunction",
    "ProofingFunction",
    "ConnectionsFunction",
    "DisputesFunction",
    "FreezesFunction",
    "SessionFunction",
    "RecoveryFunction",
    "ElevationFunction",
    "PhonesFunction",
    "RedemptionFunction",
    "RegistrationFunction",
    "StatementsFunction",
    "TokenImportFunction",
    "WebstoreFunction",
    "PaymentWorkerFunction",
    "EffectsWorkerFunction",
    "LifecycleWorkerFunction",
    "DocumentsFunction",
    "PurchaseOrdersFunction",
)


def _each(functions: tuple[str, ...], *actions: str) -> dict[str, dict[str, str]]:
    """The same actions for each of these, without condition."""
    return {name: dict.fromkeys(actions, ALL) for name in functions}


def _each_of(functions: tuple[str, ...], rights: dict[str, str]) -> dict[str, dict[str, str]]:
    """The same rights for each of these."""
    return dict.fromkeys(functions, rights)


SIGNS_STATEMENTS = _each(("StatementsFunction",), "GetPublicKey", "Sign")

TABLES: Rights = {
    "AccountsTableArn": {
        "AccountsFunction": {
            "GetItem": "ACCOUNT#* ADMINISTRATORS#* CONNECTION#* RECEIPT#* USER#*",
            "BatchGetItem": "CONNECTION#*",
            "Query": "CHILDREN#* SUBSCRIPTION#*",
            "ConditionCheckItem": "ADMINISTRATORS#* SUBSCRIPTION#*",
            "PutItem": "ACCESS#* ACCOUNT#* ADMINISTRATORS#* PERSONAL#* RECEIPT#* USER#*",
            "UpdateItem": "ACCOUNT#* CONNECTION#* SUBSCRIPTION#*",
            "DeleteItem": "ADMINISTRATORS#*",
        },
        "CampaignsFunction": {
            "GetItem": "ACCOUNT#* PARTNER#* USER#*",
            "BatchGetItem": "ACCOUNT#* USER#*",
            "Query": "DOMAIN#* SUBSCRIPTION#*",
        },
        "SponsorshipsFunction": {
            "GetItem": "ACCOUNT#* DOMAIN#* PARTNER#* SUBSCRIPTION#*",
            "BatchGetItem": "ACCOUNT#* PARTNER#*",
            "Query": "ADMINISTRATORS#* SUBSCRIPTION#*",
            "ConditionCheckItem": "SUBSCRIPTION#*",
        },
        "NextStepFunction": {
            "GetItem": "ACCOUNT#* DOMAIN#* ORGANIZATION#* PARTNER#* SUBSCRIPTION#*",
            "Query": "ACCESS#* SUBSCRIPTION#*",
        },
        "AccessFunction": {
            "GetItem": "ACCESS#* ACCOUNT#* ORGANIZATION#* PARTNER#* SUBSCRIPTION#*",
            "BatchGetItem": "ACCESS#* ACCOUNT#* ORGANIZATION#* SUBSCRIPTION#*",
            "Query": "ADMINISTRATORS#* SUBSCRIPTION#*",
            "PutItem": "ACCESS#*",
            "UpdateItem": "ACCESS#* ACCOUNT#* SUBSCRIPTION#*",
            "ConditionCheckItem": "SUBSCRIPTION#*",
        },
        "ApprovalsFunction": {
            "GetItem": "ACCOUNT#* ORGANIZATION#* PARTNER#*",
            "BatchGetItem": "PARTNER#*",
            "Query": "SUBSCRIPTION#*",
        },
        "AdministrationFunction": {
            "GetItem": "ACCOUNT#* ADMINISTRATORS#* CONNECTION#*",
            "BatchGetItem": "CONNECTION#*",
            "Query": "ADMINISTRATORS#* CHILDREN#*",
            "ConditionCheckItem": "ADMINISTRATORS#*",
            "PutItem": "PERSONAL#*",
            "UpdateItem": "ACCOUNT#* CONNECTION#*",
        },
        "LicenseKeysFunction": {
            "GetItem": "ACCOUNT#* ADMINISTRATORS#* PARTNER#* USER#*",
            "Query": "SUBSCRIPTION#*",
            "ConditionCheckItem": "ADMINISTRATORS#*",
        },
        "DocumentsFunction": {"GetItem": "ACCOUNT#*"},
        "OperatorsDocumentsFunction": {"GetItem": "ACCOUNT#*"},
        "DocumentWorkerFunction": {"GetItem": "ORGANIZATION#*"},
        "SessionFunction": {"GetItem": ALL},
        "RecoveryFunction": {
            "GetItem": "ACCOUNT#* ORGANIZATION#* USER#*",
            "BatchGetItem": "ACCOUNT#*",
        },
        "PhonesFunction": {
            "GetItem": ALL,
            "BatchGetItem": "ACCOUNT#*",
            "Query": "ADMINISTRATORS#* SUBSCRIPTION#*",
        },
        "RegistrationFunction": {
            "GetItem": "ACCOUNT#* PARTNER#* SUBSCRIPTION#*",
            "BatchGetItem": "ACCOUNT#*",
            "Query": "ADMINISTRATORS#* SUBSCRIPTION#*",
        },
        **{
            name: {"GetItem": "ACCOUNT#*", "Query": "ADMINISTRATORS#*"}
            for name in ("CredentialsFunction", "FreezesFunction")
        },
        "LifecycleWorkerFunction": {
            "GetItem": "ACCOUNT#* ORGANIZATION#*",
            "BatchGetItem": "ACCOUNT#*",
            "Query": "ADMINISTRATORS#*",
        },
        "ConnectionsFunction": {
            "GetItem": ALL,
            "BatchGetItem": "CONNECTION#*",
            "Query": "ADMINISTRATORS#* CHILDREN#*",
            "ConditionCheckItem": "ACCOUNT#*",
            "PutItem": "CHILDREN#* CONNECTION#* RECEIPT#*",
            "UpdateItem": "CONNECTION#*",
        },
        "AgentsFunction": {"GetItem": "ACCOUNT#*"},
        "DisputesFunction": {"GetItem": "ACCOUNT#*"},
        **_each_of(
            ("InstantProofingFunction", "ProofingFunction", "RedemptionFunction"),
            {"GetItem": "ACCOUNT#*", "BatchGetItem": "PARTNER#*", "Query": "SUBSCRIPTION#*"},
        ),
        "LettersFunction": {"GetItem": "ACCOUNT#*"},
        "InvitationsFunction": {
            "GetItem": "ACCOUNT#* ORGANIZATION#* PARTNER#* SUBSCRIPTION#* USER#*",
            "Query": "SUBSCRIPTION#*",
            "PutItem": "ACCOUNT#* SUBSCRIPTION#* USER#*",
            "UpdateItem": "SUBSCRIPTION#*",
        },
        **_each_of(("GuestsFunction", "RegistrationsFunction"), {"GetItem": "PARTNER#*"}),
        "StatementsFunction": {
            "GetItem": "ACCOUNT#* ORGANIZATION#*",
            "BatchGetItem": "PARTNER#*",
            "Query": "ACCESS#* SUBSCRIPTION#*",
        },
        "WebstoreFunction": {"GetItem": ALL, "BatchGetItem": ALL, "Query": "SUBSCRIPTION#*"},
        "NotifierFunction": {"GetItem": ALL},
        "OperationsFunction": {
            "GetItem": ALL,
            "BatchGetItem": "CONNECTION#* PARTNER#*",
            "Query": "ACCESS#* ACCOUNT#* ADMINISTRATORS#* CHILDREN#* CONNECTION#* DOMAIN#* NAME#* "
            "PARTNER_ADMINISTRATORS#* PERSONAL#* REGISTER#* SUBSCRIPTION#*",
            "Scan": ALL,
            "PutItem": ALL,
            "UpdateItem": "ACCESS#* ACCOUNT#* CONNECTION#* ORGANIZATION#* PARTNER#* SUBSCRIPTION#*",
            "DeleteItem": "PARTNER_ADMINISTRATORS#* PERSONAL#* USER#*",
        },
        "AuditCheckFunction": {"GetItem": ALL},
    },
    "AccountsTableArn/index/listed": _each(
        (
            "AccessFunction",
            "ApprovalsFunction",
            "InstantProofingFunction",
            "OperationsFunction",
            "ProofingFunction",
            "RedemptionFunction",
            "SponsorshipsFunction",
            "StatementsFunction",
            "WebstoreFunction",
        ),
        "Query",
    ),
    "CredentialsTableArn": {
        "NextStepFunction": {
            "BatchGetItem": "ACCOUNT#*",
            "GetItem": "HOLD#*",
        },
        "CampaignsFunction": dict.fromkeys(("BatchGetItem", "GetItem", "UpdateItem"), "ACCOUNT#*"),
        "SponsorshipsFunction": {
            "GetItem": ALL,
            "BatchGetItem": ALL,
            "Query": "ACCOUNT#*",
            "PutItem": "ACCOUNT#* RECEIPT#*",
        },
        "AccessFunction": {"BatchGetItem": "ACCOUNT#*"},
        "ApprovalsFunction": dict.fromkeys(
            ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
            "ACCOUNT#*",
        ),
        "LicenseKeysFunction": {
            "GetItem": "HOLD#*",
            "BatchGetItem": "ACCOUNT#*",
            "ConditionCheckItem": "HOLD#*",
        },
        "DocumentsFunction": {"BatchGetItem": "ACCOUNT#*"},
        "AdministrationFunction": {
            "GetItem": "ACCOUNT#* HOLD#*",
            "BatchGetItem": "ACCOUNT#* TOKEN#*",
            "Query": "ACCOUNT#*",
            "ConditionCheckItem": "HOLD#*",
            "PutItem": "ACCOUNT#* FREEZE#*",
            "UpdateItem": "ACCOUNT#* HOLD#* TOKEN#*",
            "DeleteItem": "ACCOUNT#*",
        },
        "AccountsFunction": {
            "GetItem": "ACCOUNT#* HOLD#*",
            "BatchGetItem": "ACCOUNT#*",
            "ConditionCheckItem": "HOLD#*",
            "PutItem": "FREEZE#*",
            "UpdateItem": "ACCOUNT#* HOLD#*",
        },
        "SessionFunction": {"GetItem": ALL, "BatchGetItem": ALL},
        "RecoveryFunction": {"GetItem": "ACCOUNT#*", "BatchGetItem": "ACCOUNT#*"},
        "ElevationFunction": {
            "GetItem": "ACCOUNT#* DATAKEY#*",
            "BatchGetItem": "ACCOUNT#*",
            "UpdateItem": "ACCOUNT#*",
        },
        "PhonesFunction": {
            "GetItem": ALL,
            "BatchGetItem": ALL,
            "ConditionCheckItem": "HOLD#*",
            "PutItem": "FREEZE#* RECEIPT#*",
            "UpdateItem": "ACCOUNT#* HOLD#*",
        },
        "DisputesFunction": {"GetItem": "ACCOUNT#*", "UpdateItem": "ACCOUNT#*"},
        "FreezesFunction": {"GetItem": "FREEZE#* HOLD#*", "UpdateItem": "HOLD#*"},
        "RedemptionFunction": {
            "GetItem": ALL,
            "BatchGetItem": ALL,
            "Query": "ACCOUNT#*",
            "PutItem": "ACCOUNT#* RECEIPT#*",
        },
        "RegistrationFunction": {
            "GetItem": ALL,
            "BatchGetItem": ALL,
            "ConditionCheckItem": "HOLD#*",
            "PutItem": "RECEIPT#*",
            "UpdateItem": "ACCOUNT#* HOLD#* TOKEN#*",
        },
        "CredentialsFunction": {
            "GetItem": ALL,
            "BatchGetItem": ALL,
            "Query": ALL,
            "PutItem": "ACCOUNT#* FREEZE#*",
            "UpdateItem": "ACCOUNT#* HOLD#* TOKEN#*",
            "DeleteItem": "ACCOUNT#*",
        },
        "ConnectionsFunction": {
            "GetItem": "ACCOUNT#* HOLD#*",
            "BatchGetItem": "ACCOUNT#*",
            "ConditionCheckItem": "ACCOUNT#*",
            "PutItem": "FREEZE#*",
            "UpdateItem": "HOLD#*",
        },
        "InvitationsFunction": {"BatchGetItem": "ACCOUNT#*"},
        "StatementsFunction": {"BatchGetItem": "ACCOUNT#*"},
        "WebstoreFunction": {"GetItem": "ACCOUNT#*", "BatchGetItem": "ACCOUNT#*"},
        **_each_of(
            ("AgentsFunction", "ProofingFunction"),
            {"GetItem": "ACCOUNT#*", "BatchGetItem": "ACCOUNT#*"},
        ),
        "InstantProofingFunction": {
            "GetItem": "ACCOUNT#*",
            "BatchGetItem": "ACCOUNT#*",
            "UpdateItem": "ACCOUNT#*",
        },
        "PaymentWorkerFunction": {"GetItem": "ACCOUNT#*", "UpdateItem": "ACCOUNT#*"},
        "NotifierFunction": {"GetItem": "ACCOUNT#* HOLD#*"},
        "LifecycleSweepFunction": {"UpdateItem": "ACCOUNT#*"},
        "LifecycleWorkerFunction": {
            "GetItem": "ACCOUNT#* HOLD#*",
            "BatchGetItem": "TOKEN#*",
            "Query": "ACCOUNT#*",
            "PutItem": "ACCOUNT#* FREEZE#*",
            "UpdateItem": "ACCOUNT#* HOLD#* TOKEN#*",
            "DeleteItem": "ACCOUNT#*",
        },
        "StockCheckFunction": {"Scan": ALL},
        "TokenImportFunction": {
            "GetItem": ALL,
            "BatchGetItem": ALL,
            "PutItem": ALL,
            "UpdateItem": ALL,
        },
        "OperationsFunction": {
            "GetItem": ALL,
            "BatchGetItem": "ACCOUNT#* BATCH#* TOKEN#*",
            "PutItem": "ACCOUNT#* FREEZE#*",
            "Scan": ALL,
            "UpdateItem": ALL,
            "DeleteItem": "ACCOUNT#* HOLD#*",
            "Query": "ACCOUNT#* HOLD#*",
        },
        "AuditCheckFunction": {"GetItem": ALL},
    },
    "CredentialsTableArn/index/approvals": {"ApprovalsFunction": {"Query": ALL}},
    "CredentialsTableArn/index/ids": {"OperationsFunction": {"Query": ALL}},
    "CredentialsTableArn/index/due": _each(
        ("LifecycleSweepFunction", "OperationsFunction"), "Query"
    ),
    "SessionsTableArn": {
        "NextStepFunction": {
            "BatchGetItem": "ACCOUNT#*",
            "GetItem": "ACCOUNT#*",
            "UpdateItem": "ACCOUNT#*",
        },
        **_each_of(
            (
                "CampaignsFunction",
                "DocumentsFunction",
                "LicenseKeysFunction",
            ),
            {"BatchGetItem": ALL, "PutItem": "LIMIT#*", "UpdateItem": ALL},
        ),
        **_each_of(
            ("AccessFunction", "ApprovalsFunction"),
            {
                "BatchGetItem": ALL,
                "ConditionCheckItem": "ACCOUNT#*",
                "PutItem": "LIMIT#*",
                "UpdateItem": ALL,
            },
        ),
        "SponsorshipsFunction": {
            "GetItem": ALL,
            "BatchGetItem": ALL,
            "ConditionCheckItem": ALL,
            "PutItem": "LIMIT#*",
            "UpdateItem": ALL,
        },
        "AdministrationFunction": {
            "GetItem": ALL,
            "BatchGetItem": ALL,
            "PutItem": "LIMIT#*",
            "UpdateItem": ALL,
        },
        "AccountsFunction": {
            "GetItem": "ACCOUNT#* RECOVERY#*",
            "BatchGetItem": ALL,
            "PutItem": ALL,
            "UpdateItem": ALL,
        },
        "SessionFunction": {
            "GetItem": ALL,
            "BatchGetItem": ALL,
            "PutItem": ALL,
            "UpdateItem": ALL,
        },
        "RecoveryFunction": {
            "GetItem": "ACCOUNT#* RECOVERY#*",
            "BatchGetItem": "ACCOUNT#* LIMIT#*",
            "PutItem": "LIMIT#*",
            "UpdateItem": "ACCOUNT#* LIMIT#* RECOVERY#*",
        },
        "ElevationFunction": {"BatchGetItem": ALL, "UpdateItem": ALL},
        "PhonesFunction": {"BatchGetItem": ALL, "PutItem": ALL, "UpdateItem": ALL},
        "RedemptionFunction": {
            "GetItem": ALL,
            "BatchGetItem": ALL,
            "ConditionCheckItem": ALL,
            "PutItem": ALL,
            "UpdateItem": ALL,
        },
        "RegistrationFunction": {"BatchGetItem": ALL, "PutItem": "LIMIT#*", "UpdateItem": ALL},
        "FreezesFunction": {"GetItem": "ACCOUNT#*", "UpdateItem": "ACCOUNT#*"},
        "CredentialsFunction": {
            "GetItem": ALL,
            "BatchGetItem": ALL,
            "PutItem": "LIMIT#*",
            "UpdateItem": ALL,
        },
        "ConnectionsFunction": {
            "BatchGetItem": ALL,
            "ConditionCheckItem": ALL,
            "PutItem": ALL,
            "UpdateItem": ALL,
        },
        **_each_of(
            (
                "AgentsFunction",
                "InstantProofingFunction",
                "ProofingFunction",
                "StatementsFunction",
                "WebstoreFunction",
            ),
            {"BatchGetItem": ALL, "PutItem": "LIMIT#*", "UpdateItem": ALL},
        ),
        "InvitationsFunction": {
            "GetItem": "ACCOUNT#*",
            "BatchGetItem": ALL,
            "ConditionCheckItem": "ACCOUNT#*",
            "PutItem": ALL,
            "UpdateItem": ALL,
        },
        **_each_of(
            ("GuestsFunction", "NotifierFunction", "RegistrationsFunction"),
            {"BatchGetItem": "LIMIT#*", "PutItem": "LIMIT#*", "UpdateItem": "LIMIT#*"},
        ),
        "EffectsWorkerFunction": {"GetItem": ALL, "UpdateItem": ALL},
        "LifecycleWorkerFunction": {"GetItem": ALL, "UpdateItem": ALL},
        "OperationsFunction": {
            "GetItem": "ACCOUNT#*",
            "BatchGetItem": "LIMIT#*",
            "PutItem": ALL,
            "Query": "ACCOUNT#*",
            "UpdateItem": "ACCOUNT#* LIMIT#*",
        },
    },
    "OrdersTableArn": {
        "AccountsFunction": {"GetItem": ALL, "BatchGetItem": ALL, "UpdateItem": ALL},
        "NextStepFunction": {
            "BatchGetItem": "CAMPAIGN#* ORDER#* SPONSORSHIP#*",
            "GetItem": "ORDER#*",
            "Query": "HOLDER#* OFFERS#*",
        },
        "CampaignsFunction": {
            "GetItem": "CAMPAIGN#* RECEIPT#* SPONSORSHIP#*",
            "BatchGetItem": "CAMPAIGN#* SPONSORSHIP#*",
            "Query": "PARTNER#* SPONSORSHIP#*",
            "PutItem": "CAMPAIGN#* OFFERS#* ORDER#* RECEIPT#* SPONSORSHIP#*",
            "UpdateItem": "CAMPAIGN#* SEQUENCE#* SPONSORSHIP#*",
        },
        "SponsorshipsFunction": {
            "GetItem": "CAMPAIGN#* SPONSORSHIP#*",
            "BatchGetItem": "CAMPAIGN#* SPONSORSHIP#*",
            "Query": "OFFERS#*",
            "PutItem": "ORDER#* SPONSORSHIP#*",
            "UpdateItem": "CAMPAIGN#* SEQUENCE#* SPONSORSHIP#*",
        },
        "ApprovalsFunction": {"GetItem": "ORDER#*"},
        "DocumentsFunction": {
            "GetItem": "DOCUMENT#* ORDER#* QUOTE#* SIGNED#*",
            "PutItem": "SIGNED#*",
            "UpdateItem": "SIGNED#*",
        },
        "OperatorsDocumentsFunction": {"GetItem": "DOCUMENT#* ORDER#* SIGNED#*"},
        "PurchaseOrdersFunction": {"GetItem": "ORDER#* SIGNED#*", "UpdateItem": "SIGNED#*"},
        "DocumentWorkerFunction": {
            "GetItem": "DOCUMENT#* ORDER#* QUOTE#*",
            "UpdateItem": "DOCUMENT#*",
        },
        "LicenseKeysFunction": {
            "GetItem": "KEY#* ORDER#*",
            "BatchGetItem": "KEY#*",
            "PutItem": "KEY#*",
            "UpdateItem": "HOLDER#* KEY#* ORDER#*",
        },
        **_each_of(("InstantProofingFunction", "ProofingFunction"), {"GetItem": "ORDER#*"}),
        "RedemptionFunction": {"GetItem": ALL, "UpdateItem": ALL},
        "PhonesFunction": {"GetItem": "ORDER#*"},
        "RegistrationFunction": {"GetItem": "ORDER#*"},
        "StatementsFunction": {"GetItem": "ORDER#*", "Query": "PARTNER#*"},
        "GuestsFunction": {
            "BatchGetItem": "DISCLAIMER#*",
            "GetItem": "DOCUMENT#* KEY#* ORDER#* RECEIPT#guest#* TAX#*",
            "Query": "PARTNER#*",
            "PutItem": "KEY#* ORDER#* RECEIPT#guest#*",
            "UpdateItem": "KEY#* ORDER#* SEQUENCE#*",
        },
        "WebstoreFunction": {
            "GetItem": ALL,
            "BatchGetItem": ALL,
            "Query": ALL,
            "PutItem": ALL,
            "UpdateItem": ALL,
        },
        # An order's keys, and the order as it was read: what follows from a refund or dispute.
        "PaymentWorkerFunction": {
            "GetItem": ALL,
            "PutItem": ALL,
            "UpdateItem": ALL,
            "Query": "KEYS#*",
            "ConditionCheckItem": "ORDER#*",
            "DeleteItem": "STOCK#*",
        },
        "LifecycleWorkerFunction": {
            "GetItem": ALL,
            "BatchGetItem": "SPONSORSHIP#*",
            "Query": "KEYS#* SPONSORSHIP#* STOCK STOCK#*",
            "PutItem": ALL,
            "UpdateItem": ALL,
            "ConditionCheckItem": "ORDER#*",
            "DeleteItem": "STOCK#*",
        },
        "NotifierFunction": {"GetItem": ALL},
        "EffectsWorkerFunction": {"GetItem": ALL, "PutItem": "PAYMENT#*", "UpdateItem": ALL},
        "LifecycleSweepFunction": {"UpdateItem": ALL},
        "OperationsFunction": {
            "GetItem": ALL,
            "BatchGetItem": "ORDER#*",
            "Query": ALL,
            "Scan": ALL,
            "PutItem": ALL,
            "UpdateItem": ALL,
            "DeleteItem": "STOCK#*",
        },
        "AuditCheckFunction": {"GetItem": ALL},
        "StockCheckFunction": {"Query": "STOCK STOCK#*"},
        "TokenImportFunction": {"UpdateItem": "STOCK"},
    },
    "OrdersTableArn/index/account": _each(
        (
            "AccountsFunction",
            "CampaignsFunction",
            "NextStepFunction",
            "OperationsFunction",
            "SponsorshipsFunction",
            "WebstoreFunction",
        ),
        "Query",
    ),
    "OrdersTableArn/index/unredeemed": _each(
        (
            "GuestsFunction",
            "LicenseKeysFunction",
            "LifecycleWorkerFunction",
            "NextStepFunction",
            "OperationsFunction",
            "PaymentWorkerFunction",
        ),
        "Query",
    ),
    "OrdersTableArn/index/due": _each(("LifecycleSweepFunction", "OperationsFunction"), "Query"),
    "MembersTableArn": {
        "AccountsFunction": {
            "BatchGetItem": "ACCOUNT#*",
            "GetItem": "EXPORT#*",
            "PutItem": "ACCOUNT#* EXPORT#*",
            "UpdateItem": "ACCOUNT#*",
        },
        "EffectsWorkerFunction": {
            "BatchGetItem": "ACCOUNT#*",
            "GetItem": "EXPORT#*",
            "UpdateItem": "EXPORT#*",
        },
        "InvitationsFunction": {"PutItem": "ACCOUNT#*", "UpdateItem": "ACCOUNT#*"},
        "OperationsFunction": {
            "DeleteItem": ALL,
            "GetItem": ALL,
            "PutItem": ALL,
            "UpdateItem": ALL,
        },
        # What changes a credential's existence, expiry or lock.
        **_each(
            (
                "AdministrationFunction",
                "CampaignsFunction",
                "CredentialsFunction",
                "ElevationFunction",
                "LifecycleWorkerFunction",
                "PaymentWorkerFunction",
                "RedemptionFunction",
                "RegistrationFunction",
                "SponsorshipsFunction",
            ),
            "UpdateItem",
        ),
    },
    "MembersTableArn/index/name": _each(("AccountsFunction", "EffectsWorkerFunction"), "Query"),
    **{
        f"MembersTableArn/index/{name}": {"AccountsFunction": {"Query": ALL}}
        for name in ("email", "user_id", "standing", "locked")
    },
    "MembersTableArn/index/beginning": {"OperationsFunction": {"Query": ALL}},
    "MembersTableArn/index/mailbox": _each(("OperationsFunction", "RecoveryFunction"), "Query"),
    "RegistrationsTableArn": {
        "InvitationsFunction": {
            "GetItem": "FORM#* INVITATION#* RECEIPT#*",
            "BatchGetItem": "INVITATION#*",
            "PutItem": "FORM#* INVITATION#* RECEIPT#* REGISTRATION#*",
            "UpdateItem": "INVITATION#*",
        },
        "GuestsFunction": {"GetItem": "FORM#*", "PutItem": "FORM#*"},
        "RegistrationsFunction": {
            "GetItem": "FORM#* REGISTRATION#*",
            "PutItem": "FORM#* REGISTRATION#*",
            "UpdateItem": "REGISTRATION#*",
            "ConditionCheckItem": "REGISTRATION#*",
        },
        "NotifierFunction": {"GetItem": "INVITATION#* REGISTRATION#*"},
        "LifecycleSweepFunction": {"UpdateItem": "INVITATION#* REGISTRATION#*"},
        "LifecycleWorkerFunction": {
            "GetItem": "INVITATION#* REGISTRATION#*",
            "UpdateItem": "INVITATION#* REGISTRATION#*",
            "DeleteItem": "REGISTRATION#*",
        },
        "OperationsFunction": {
            "GetItem": ALL,
            "Scan": ALL,
            "UpdateItem": "REGISTRATION#*",
            "DeleteItem": "REGISTRATION#*",
        },
        "AuditCheckFunction": {"GetItem": ALL},
    },
    "RegistrationsTableArn/index/listed": _each(
        ("InvitationsFunction", "OperationsFunction"), "Query"
    ),
    "RegistrationsTableArn/index/due": {"LifecycleSweepFunction": {"Query": ALL}},
    "OutboxTableArn": {
        **_each(PROMISES, "PutItem"),
        "LifecycleWorkerFunction": {"GetItem": "msg_*", "PutItem": ALL},
        "NotifierFunction": {"GetItem": ALL, "UpdateItem": ALL},
        "DocumentWorkerFunction": {"UpdateItem": "msg_*"},
        "PurchaseOrdersFunction": {"PutItem": ALL},
        "EffectsWorkerFunction": {"GetItem": ALL, "PutItem": ALL, "UpdateItem": ALL},
        "LifecycleSweepFunction": {"UpdateItem": ALL},
        "OperationsFunction": {"GetItem": ALL, "PutItem": ALL, "UpdateItem": ALL},
    },
    "OutboxTableArn/index/due": {"LifecycleSweepFunction": {"Query": ALL}},
    "ProofingTableArn": {
        "AccountsFunction": {
            "GetItem": "CASE#*",
            "UpdateItem": "CASE#* WEEK#*",
            "DeleteItem": "WEEK#*",
        },
        "NextStepFunction": {"GetItem": "CASE#*"},
        "AdministrationFunction": {"GetItem": "CASE#*", "UpdateItem": "CASE#*"},
        "ProofingFunction": {
            "GetItem": "AGENTS CASE#*",
            "Query": "AGENTS WEEK#*",
            "PutItem": "APPOINTMENT#* CASE#* WEEK#*",
            "UpdateItem": "CASE#* WEEK#*",
            "DeleteItem": "WEEK#*",
        },
        "AgentsFunction": {
            "GetItem": "AGENTS APPOINTMENT#* CASE#*",
            "BatchGetItem": "APPOINTMENT#* CASE#*",
            "Query": "WEEK#*",
            "UpdateItem": "CASE#*",
        },
        "InstantProofingFunction": {
            "GetItem": "CASE#*",
            "UpdateItem": "CASE#*",
            "PutItem": "DISPUTE#*",
        },
        "LettersFunction": {"GetItem": "CASE#*", "UpdateItem": "CASE#*"},
        "CredentialsFunction": {
            "GetItem": "CASE#*",
            "UpdateItem": "CASE#*",
            "PutItem": "DISPUTE#*",
            "DeleteItem": "WEEK#*",
        },
        "DisputesFunction": {"GetItem": "DISPUTE#*", "UpdateItem": "DISPUTE#*"},
        "EffectsWorkerFunction": {"GetItem": "CASE#*", "UpdateItem": "CASE#*"},
        "LifecycleSweepFunction": {"UpdateItem": "AGENT#* CASE#*"},
        "LifecycleWorkerFunction": {
            "GetItem": "AGENT#* AGENTS CASE#*",
            "BatchGetItem": "APPOINTMENT#* CASE#*",
            "Query": "AGENT#* WEEK#*",
            "PutItem": "WEEK#*",
            "UpdateItem": "CASE#* WEEK#*",
            "DeleteItem": "AGENT#* WEEK#*",
            "ConditionCheckItem": "AGENT#*",
        },
        "NotifierFunction": {"GetItem": "AGENTS CASE#*"},
        "OperationsFunction": {
            "GetItem": ALL,
            "BatchGetItem": "APPOINTMENT#* CASE#*",
            "Query": "AGENT#* AGENTS CASE#* WEEK#*",
            "PutItem": "AGENT#* AGENTS WEEK#*",
            "Scan": ALL,
            "UpdateItem": "AGENTS CASE#* WEEK#*",
            "DeleteItem": "AGENT#* WEEK#*",
            "ConditionCheckItem": "AGENT#*",
        },
        "AuditCheckFunction": {"GetItem": ALL},
    },
    "LettersTableArn": {
        "InstantProofingFunction": {"PutItem": "LETTERS"},
        "LifecycleWorkerFunction": {"DeleteItem": "LETTERS"},
        "LettersFunction": {
            "BatchGetItem": "LETTERS",
            "Query": "BATCHES LETTERS",
            "PutItem": "BATCHES",
            "UpdateItem": "BATCHES LETTERS",
            "DeleteItem": "BATCHES LETTERS",
        },
    },
    "ProofingTableArn/index/due": {"LifecycleSweepFunction": {"Query": ALL}},
    "OutboxStreamArn": {
        "OutboxRelayFunction": {"DescribeStream": ALL, "GetRecords": ALL, "GetShardIterator": ALL},
    },
    "AuditTableArn": {
        **_each(ENTERS, "PutItem"),
        **_each_of(
            ("AdministrationFunction", "CredentialsFunction"), {"Query": ALL, "PutItem": ALL}
        ),
        "OperationsFunction": {"Query": ALL, "Scan": ALL, "PutItem": ALL},
        "AuditHeadsFunction": {"Scan": ALL},
        "AuditCheckFunction": {"BatchGetItem": ALL, "Query": ALL},
    },
    "AuditTableArn/index/hour": {
        "AuditHeadsFunction": {"Query": ALL},
        "AuditCheckFunction": {"Query": ALL},
    },
}

# A data key of any other name, or none at all, doesn't open.
OF_EFFECTS = '{"StringLike": {"kms:EncryptionContext:outbox": "eff_*"}}'
NAMED = '{"StringLike": {"kms:EncryptionContext:data_key": "????Q?"}}'
KEYS: Rights = {
    "MessagesKeyArn": {
        **_each(SEALS, "Encrypt"),
        "NotifierFunction": {"Decrypt": ALL},
        # A one-time password comes sealed with the effect that sets it.
        "EffectsWorkerFunction": {"Encrypt": ALL, "Decrypt": OF_EFFECTS},
    },
    "LettersKeyArn": {
        "InstantProofingFunction": {"Encrypt": ALL},
        "LettersFunction": {"Decrypt": ALL},
    },
    # The bucket encrypts and decrypts with it for whoever puts and gets its objects.
    "MailingKeyArn": {"LettersFunction": {"Decrypt": ALL, "GenerateDataKey": ALL}},
    "SeedsKeyArn": {
        "ElevationFunction": {"Decrypt": NAMED},
        "RegistrationFunction": {"Decrypt": NAMED},
        "TokenImportFunction": {"Decrypt": NAMED, "GenerateDataKeyWithoutPlaintext": NAMED},
    },
    "MacKeyArn": _each(HASHES, "GenerateMac"),
    "AuditKeyArn": {
        "AuditHeadsFunction": {"Sign": ALL},
        "AuditCheckFunction": {"Sign": ALL, "Verify": ALL},
        "OperationsFunction": {"Verify": ALL},
    },
    "StatementsFirstKeyArn": SIGNS_STATEMENTS,
    "StatementsSecondKeyArn": SIGNS_STATEMENTS,
}

SECRETS: Rights = {
    # Every function with routes but Stripe's.
    "FrontSecret": _each(
        (
            "AccountsFunction",
            "AccessFunction",
            "AdministrationFunction",
            "AgentsFunction",
            "ApprovalsFunction",
            "CampaignsFunction",
            "ConnectionsFunction",
            "CredentialsFunction",
            "DisputesFunction",
            "DocumentsFunction",
            "ElevationFunction",
            "FreezesFunction",
            "GuestsFunction",
            "InstantProofingFunction",
            "NextStepFunction",
            "InvitationsFunction",
            "LicenseKeysFunction",
            "PhonesFunction",
            "ProofingFunction",
            "RecoveryFunction",
            "RedemptionFunction",
            "RegistrationFunction",
            "RegistrationsFunction",
            "SessionFunction",
            "SponsorshipsFunction",
            "StatementsFunction",
            "WebstoreFunction",
        ),
        "GetSecretValue",
    ),
    "StripeSecret": _each(READS_STRIPE_SECRET, "GetSecretValue"),
    "RoomsSecret": {"EffectsWorkerFunction": {"GetSecretValue": ALL}},
    "BureauSecret": {"InstantProofingFunction": {"GetSecretValue": ALL}},
    "KeyFilesSecret": {"TokenImportFunction": {"GetSecretValue": ALL}},
}

PASSWORDS: Rights = {
    "UserPoolArn": {
        "SessionFunction": {"AdminInitiateAuth": ALL, "AdminSetUserPassword": ALL},
        "RecoveryFunction": {"AdminSetUserPassword": ALL},
        "EffectsWorkerFunction": {
            "AdminCreateUser": ALL,
            "AdminDeleteUser": ALL,
            "AdminSetUserPassword": ALL,
        },
        "OperationsFunction": {"AdminCreateUser": ALL},
    },
}

OBJECTS: Rights = {
    "HeadsBucketArn": {
        "AuditHeadsFunction": {"ListBucket": ALL},
        "AuditCheckFunction": {"ListBucketVersions": ALL},
        "OperationsFunction": {"ListBucketVersions": ALL},
    },
    "HeadsBucketArn/heads/*": {
        "AuditHeadsFunction": {"GetObject": ALL, "PutObject": ALL},
        "AuditCheckFunction": {"GetObjectVersion": ALL},
        "OperationsFunction": {"GetObjectVersion": ALL},
    },
    "HeadsBucketArn/checks/*": {
        "AuditCheckFunction": {"GetObjectVersion": ALL, "PutObject": ALL},
        "OperationsFunction": {"GetObjectVersion": ALL},
    },
    "KeyFilesBucketArn/incoming/*": {
        "TokenImportFunction": {"DeleteObject": ALL, "GetObject": ALL}
    },
    "KeyFilesBucketArn/reports/*": {"TokenImportFunction": {"PutObject": ALL}},
    "LettersBucketArn/batches/*": {"LettersFunction": {"DeleteObject": ALL, "PutObject": ALL}},
    "LettersBucketArn/acknowledged/*": {"LettersFunction": {"GetObject": ALL}},
    "DocumentsBucketArn/documents/*": {
        "DocumentWorkerFunction": {"PutObject": ALL},
        "DocumentsFunction": {"GetObject": ALL},
        "GuestsFunction": {"GetObject": ALL},
        "NotifierFunction": {"GetObject": ALL},
        "OperatorsDocumentsFunction": {"GetObject": ALL},
    },
    "DocumentsBucketArn/quarantine/*": {
        "DocumentsFunction": {"PutObject": ALL},
        "PurchaseOrdersFunction": {"DeleteObject": ALL, "GetObject": ALL},
    },
    "DocumentsBucketArn/signed/*": {
        "DocumentsFunction": {"GetObject": ALL},
        "OperatorsDocumentsFunction": {"GetObject": ALL},
        "EffectsWorkerFunction": {"DeleteObject": ALL},
        "PurchaseOrdersFunction": {"PutObject": ALL},
    },
    "ReportsBucketArn/exports/*": {
        "AccountsFunction": {"GetObject": ALL},
        "EffectsWorkerFunction": {"PutObject": ALL},
    },
    "ReportsBucketArn/forecasts/*": {"OperationsFunction": {"PutObject": ALL}},
}

SENDS = {
    "PaymentsQueueArn": ("StripeWebhookFunction",),
    "MessagesQueueArn": (
        "OutboxRelayFunction",
        "LifecycleSweepFunction",
        # A mail whose document is written.
        "DocumentWorkerFunction",
    ),
    "DocumentsQueueArn": (
        "DocumentsFunction",
        "GuestsFunction",
        "NotifierFunction",
        "OperatorsDocumentsFunction",
    ),
    "EffectsQueueArn": ("OutboxRelayFunction", "LifecycleSweepFunction"),
    "LifecycleQueueArn": ("LifecycleSweepFunction",),
}
WORKS_OFF = {
    "PaymentsQueueArn": "PaymentWorkerFunction",
    "MessagesQueueArn": "NotifierFunction",
    "EffectsQueueArn": "EffectsWorkerFunction",
    "LifecycleQueueArn": "LifecycleWorkerFunction",
    "DocumentsQueueArn": "DocumentWorkerFunction",
}
QUEUES: Rights = {
    queue: {
        **_each(senders, "SendMessage"),
        **_each((WORKS_OFF[queue],), "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    }
    for queue, senders in SENDS.items()
}

# An account may have several senders, of which the service takes one; no resource names them all.
PHONES: Rights = {
    "*": {
        "PhonesFunction": {"SendTextMessage": ALL, "SendVoiceMessage": ALL},
        "NotifierFunction": {"SendTextMessage": ALL},
    },
}

# Mail is sent from whichever identity SES has verified; a condition names the one address.
FROM_US = '{"StringEquals": {"ses:FromAddress": {"Ref": "SenderAddress"}}}'
_SES = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}"
MAIL: Rights = {
    f"{_SES}:{kind}/*": {"NotifierFunction": {"SendEmail": FROM_US, "SendRawEmail": FROM_US}}
    for kind in ("identity", "configuration-set")
}

RIGHTS = {
    "dynamodb": TABLES,
    "kms": KEYS,
    "secretsmanager": SECRETS,
    "cognito-idp": PASSWORDS,
    "s3": OBJECTS,
    "sqs": QUEUES,
    "sms-voice": PHONES,
    "ses": MAIL,
}
