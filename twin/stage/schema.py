"""The USD schema, written from the component declarations."""

import json
from collections.abc import Iterator
from pathlib import Path

from twin.data import folder
from twin.model.component import Range
from twin.stage.declared import Api, Property, apis
from twin.units import pretty

SCHEMA_FILE, PLUGIN_FILE = "generatedSchema.usda", "plugInfo.json"
# Two plugins that declare the same metadata field break USD at the next call: the name is ours alone.
UNIT_FIELD = "twinUnit"


def generate() -> str:
    """Return the text of ``generatedSchema.usda``. No fallback values: what nobody says is not given."""
    head = '#usda 1.0\n(\n    "Written by `twin schema` from the component declarations; do not edit."\n)\n'
    return head + "".join(f"\n{_class(api)}" for api in apis())


def plug_info() -> str:
    """Return the text of ``plugInfo.json``."""
    types = {
        # An alias equal to the name of the type is refused, hence the longer type name.
        api.name.replace("Twin", "TwinSchema", 1): {
            "alias": {"UsdSchemaBase": api.name},
            "bases": ["UsdAPISchemaBase"],
            "schemaIdentifier": api.name,
            "schemaKind": "singleApplyAPI",
        }
        for api in apis()
    }
    metadata = {
        UNIT_FIELD: {
            "appliesTo": ["attributes"],
            "displayGroup": "Twin",
            "documentation": "Unit of the value; 'x;y' for the columns of a curve.",
            "type": "token",
        }
    }
    plugin = {
        "Info": {"SdfMetadata": metadata, "Types": types},
        "LibraryPath": "",
        "Name": "twinSchema",
        "ResourcePath": ".",
        "Root": ".",
        "Type": "resource",
    }
    return json.dumps({"Plugins": [plugin]}, indent=2) + "\n"


def files() -> dict[str, str]:
    """Return the text of each schema file by its name."""
    return {SCHEMA_FILE: generate(), PLUGIN_FILE: plug_info()}


def write(target: Path) -> tuple[Path, ...]:
    """Write the schema into a folder and return the files."""
    target.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        draft = target / f".{name}"
        draft.write_text(text, encoding="utf-8")
        draft.replace(target / name)  # a program that starts now reads the old schema or the new one
    return tuple(target / name for name in files())


def drift(target: Path | None = None) -> tuple[str, ...]:
    """Return the names of schema files that differ from the declarations, of the package's own by default."""
    where = folder("schema") if target is None else target

    def stands(name: str) -> str:
        return (where / name).read_text(encoding="utf-8") if (where / name).is_file() else ""

    return tuple(name for name, text in files().items() if stands(name) != text)


def _class(api: Api) -> str:
    metadata = []
    if api.builtin:
        metadata.append(f"apiSchemas = {json.dumps(list(api.builtin))}")
    custom = {"kind": api.kind, "source": api.source}
    metadata += _strings("customData", {key: text for key, text in custom.items() if text})
    metadata.append(f"doc = {_quoted(api.doc)}")
    inside = "\n".join(_property(p) for p in api.properties)
    return f'class "{api.name}" (\n{_indented(metadata)}\n)\n{{\n{inside}\n}}\n'


def _property(prop: Property) -> str:
    metadata = []
    param = prop.param
    if prop.tokens:
        metadata.append(f"allowedTokens = {json.dumps(list(prop.tokens))}")
    if param is not None:
        custom = {"parameter": param.name, "source": param.source}
        metadata += _strings("customData", {key: text for key, text in custom.items() if text})
    if prop.unit:
        shown = " over ".join(pretty(unit) or "1" for unit in reversed(prop.unit.split(";")))
        last = prop.name.rpartition(":")[2]
        metadata.append(f"displayName = {_quoted(last if prop.unit == '1' else f'{last} [{shown}]')}")
    metadata.append(f"doc = {_quoted(prop.doc)}")
    if param is not None and param.form == "number":
        metadata += _limits(hard=param.hard, soft=param.soft)
    if prop.unit:
        metadata.append(f"{UNIT_FIELD} = {_quoted(prop.unit)}")
    body = "\n".join(f"        {line}" for line in metadata)
    return f"    {prop.type} {prop.name} (\n{body}\n    )"


def _limits(*, hard: Range, soft: Range) -> Iterator[str]:
    """Yield the lines of USD's own ``limits`` metadata."""
    given = {
        name: [f"double {end} = {bound:g}" for end, bound in zip(("minimum", "maximum"), both, strict=True)
               if bound is not None]
        for name, both in (("hard", hard), ("soft", soft))
    }  # fmt: skip
    if any(given.values()):
        yield "limits = {"
        for name, bounds in given.items():
            if bounds:
                yield f"    dictionary {name} = {{"
                yield from (f"        {bound}" for bound in bounds)
                yield "    }"
        yield "}"


def _strings(field: str, values: dict[str, str]) -> Iterator[str]:
    """Yield the lines of a dictionary of strings."""
    if values:
        yield f"{field} = {{"
        yield from (f"    string {key} = {_quoted(text)}" for key, text in values.items())
        yield "}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _indented(lines: list[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
