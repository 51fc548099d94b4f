"""The audit trail, and the end of each subject's chain."""
