"""Bundled folders are found in a checkout and in an installed wheel."""

import pytest

from twin import data


def test_the_schema_lies_in_the_package():
    assert (data.folder("schema") / "generatedSchema.usda").is_file()


def test_a_checkout_is_used_where_nothing_is_installed(tmp_path, monkeypatch):
    package = tmp_path / "twin"
    package.mkdir()
    monkeypatch.setattr(data, "_PACKAGE", package)
    assert data.folder("assets") == tmp_path / "assets"
    assert data.folder("verification") == tmp_path / "tests" / "verification"
    (package / "_data" / "assets").mkdir(parents=True)
    assert data.folder("assets") == package / "_data" / "assets"


def test_a_layout_is_bundled_when_it_holds_a_site(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "_PACKAGE", tmp_path / "twin")
    for name, file in (("pod", "site.usda"), ("notes", "other.usda")):
        (tmp_path / "layouts" / name).mkdir(parents=True)
        (tmp_path / "layouts" / name / file).touch()
    assert data.bundled_layouts() == ("pod",)


def test_another_folder_does_not_exist():
    with pytest.raises(KeyError):
        data.folder("secrets")
