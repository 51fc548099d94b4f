"""The outbox, the messages in it and the calls to the outside that follow a commit."""
