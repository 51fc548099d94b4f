"""The packager: equal sources give equal packages, and everything named is in them."""

import io
import json
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from local.package import archive, package

HOUSE = Path(__file__).parent / "house"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HOUSE, tmp_path / "house"))


def test_equal_sources_make_equal_packages_whenever_and_wherever_made(house: Path) -> None:
    (house / "template.yaml").touch()
    (house / "functions" / "keeper" / "__pycache__").mkdir(exist_ok=True)
    (house / "functions" / "keeper" / "__pycache__" / "stale.pyc").write_bytes(b"stale")
    here, there = (package(root / "template.yaml", bucket="b") for root in (HOUSE, house))
    assert here == there


def test_a_changed_line_of_code_changes_the_template(house: Path) -> None:
    before = package(house / "template.yaml", bucket="b").template
    (house / "layers" / "greeting" / "python" / "greeting" / "__init__.py").write_text(
        "GREETING = 1"
    )
    assert package(house / "template.yaml", bucket="b").template != before


def test_every_address_in_the_template_is_among_the_objects() -> None:
    packed = package(HOUSE / "template.yaml", bucket="b")
    resources = json.loads(packed.template)["Resources"]
    addresses = {
        resources["Keeper"]["Properties"]["CodeUri"].removeprefix("s3://b/"),
        resources["Greeting"]["Properties"]["ContentUri"].removeprefix("s3://b/"),
        resources["Data"]["Properties"]["TemplateURL"].removeprefix("https://s3.amazonaws.com/b/"),
    }
    assert addresses == packed.objects.keys()


def test_short_forms_of_functions_are_written_out() -> None:
    template = json.loads(package(HOUSE / "template.yaml", bucket="b").template)
    assert template["Outputs"]["KeeperFunction"]["Value"] == {"Ref": "Keeper"}
    assert template["Outputs"]["Table"]["Value"] == {"Fn::GetAtt": ["Data", "Outputs.Table"]}


def test_bytecode_lies_beside_each_module() -> None:
    names = zipfile.ZipFile(io.BytesIO(archive(HOUSE / "layers" / "greeting"))).namelist()
    tag = sys.implementation.cache_tag
    assert names == [
        "python/greeting/__init__.py",
        f"python/greeting/__pycache__/__init__.{tag}.pyc",
    ]


def test_third_party_packages_are_left_out(house: Path) -> None:
    template = house / "template.yaml"
    template.write_text(template.read_text().replace("layers/greeting", "layers/vendor"))
    layer = json.loads(package(template, bucket="b").template)["Resources"]["Greeting"]
    assert layer["Properties"]["ContentUri"] == "s3://b/left-out-on-the-local-stage.zip"


def test_a_folder_that_is_missing_is_named(house: Path) -> None:
    shutil.rmtree(house / "functions" / "keeper")
    with pytest.raises(FileNotFoundError, match="functions/keeper"):
        package(house / "template.yaml", bucket="b")
