"""The import rules cover every function."""

from __future__ import annotations

import tomllib

from local.functions import names
from local.imports import contracts
from tests.support.templates import template


def test_each_function_of_the_template_is_checked_and_none_is_named_by_hand() -> None:
    resources = template("template.yaml")["Resources"].values()
    deployed = {
        one["Properties"]["Handler"].partition(".")[0]
        for one in resources
        if one["Type"] == "AWS::Serverless::Function"
    }
    assert set(names()) == deployed
    linted = tomllib.loads(contracts())["tool"]["importlinter"]
    assert set(linted["root_packages"]) >= deployed
    [independent] = [one for one in linted["contracts"] if one["type"] == "independence"]
    assert set(independent["modules"]) == deployed
