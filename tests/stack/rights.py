"""Which function's role may do what; whoever isn't named may not."""

READS_STRIPE_SECRET = {
    "WebstoreRole",
    "StripeWebhookRole",
    "PaymentWorkerRole",
    "EffectsWorkerRole",
    "LifecycleWorkerRole",
}
# A holder's own act, and the clock's when nobody acts.
REVOKES = {"CredentialsRole", "LifecycleWorkerRole"}
# License keys, temporary passwords and recovery codes, for the notifier alone.
SEALS = {"PaymentWorkerRole", "LifecycleWorkerRole", "EffectsWorkerRole", "RecoveryRole"}
HASHES = {"PaymentWorkerRole", "LifecycleWorkerRole", "RedemptionRole", "RecoveryRole"}
SETS_PASSWORDS = {"SessionRole", "EffectsWorkerRole", "RecoveryRole"}
MAY_READ = {
    "AccountsTable": {
        "SessionRole",
        "RecoveryRole",
        "RedemptionRole",
        "WebstoreRole",
        "NotifierRole",
        "OperationsRole",
    },
    "CredentialsTable": {
        "SessionRole",
        "ElevationRole",
        "RedemptionRole",
        "RegistrationRole",
        "CredentialsRole",
        "WebstoreRole",
        "TokenImportRole",
        "OperationsRole",
        "PaymentWorkerRole",
        "NotifierRole",
        "LifecycleWorkerRole",
    },
    "SessionsTable": {
        "SessionRole",
        "RecoveryRole",
        "ElevationRole",
        "RedemptionRole",
        "RegistrationRole",
        "CredentialsRole",
        "WebstoreRole",
        "EffectsWorkerRole",
        "LifecycleWorkerRole",
    },
    "OrdersTable": {
        "RedemptionRole",
        "WebstoreRole",
        "PaymentWorkerRole",
        "NotifierRole",
        "EffectsWorkerRole",
        "LifecycleWorkerRole",
        "OperationsRole",
    },
    "OutboxTable": {"NotifierRole", "EffectsWorkerRole"},
    "AuditTable": set[str](),
}
MAY_CREATE = {
    "AccountsTable": {"OperationsRole"},
    "CredentialsTable": {
        "RedemptionRole",
        "RegistrationRole",
        "CredentialsRole",
        "TokenImportRole",
        "LifecycleWorkerRole",
    },
    "SessionsTable": {"SessionRole", "RecoveryRole", "RedemptionRole", "OperationsRole"},
    "OrdersTable": {"WebstoreRole", "PaymentWorkerRole", "LifecycleWorkerRole", "OperationsRole"},
    "OutboxTable": {
        "SessionRole",
        "RecoveryRole",
        "ElevationRole",
        "RegistrationRole",
        "CredentialsRole",
        "WebstoreRole",
        "PaymentWorkerRole",
        "EffectsWorkerRole",
        "LifecycleWorkerRole",
        "OperationsRole",
    },
    "AuditTable": {
        "SessionRole",
        "RecoveryRole",
        "ElevationRole",
        "RedemptionRole",
        "RegistrationRole",
        "CredentialsRole",
        "TokenImportRole",
        "WebstoreRole",
        "PaymentWorkerRole",
        "EffectsWorkerRole",
        "LifecycleWorkerRole",
        "OperationsRole",
    },
}
MAY_CHANGE = {
    "AccountsTable": set[str](),
    "CredentialsTable": {
        "ElevationRole",
        "RegistrationRole",
        "CredentialsRole",
        "TokenImportRole",
        "OperationsRole",
        "PaymentWorkerRole",
        "LifecycleSweepRole",
        "LifecycleWorkerRole",
    },
    "SessionsTable": {
        "SessionRole",
        "RecoveryRole",
        "ElevationRole",
        "RedemptionRole",
        "RegistrationRole",
        "CredentialsRole",
        "WebstoreRole",
        "EffectsWorkerRole",
        "LifecycleWorkerRole",
    },
    "OrdersTable": {
        "RedemptionRole",
        "WebstoreRole",
        "PaymentWorkerRole",
        "EffectsWorkerRole",
        "LifecycleSweepRole",
        "LifecycleWorkerRole",
        "OperationsRole",
    },
    "OutboxTable": {"NotifierRole", "EffectsWorkerRole", "LifecycleSweepRole", "OperationsRole"},
    "AuditTable": set[str](),
}
