"""Helpers for tests of a running service, on the local stack or in this process.

`people`, `stack_holders` and `subscribers` use its API; `rows` and `observed` read past it;
`inside` has its use cases in the test's own process, where `wire` interrupts them.
"""
