"""The whole service in this process. A package: fixtures of its scope end with the folder."""
