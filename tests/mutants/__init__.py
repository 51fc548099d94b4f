"""Removes guards one at a time and sees whether a test notices.

`make mutants` measures which tests cover which line, draws a sample by a seed, tries each mutant
with the tests that cover it, and writes a table. A mutant is named by the operation and the text of
what was removed, so that it is found again after its code has moved.
"""
