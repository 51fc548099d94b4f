"""The audit trail, and where each subject says that its chain ends."""
