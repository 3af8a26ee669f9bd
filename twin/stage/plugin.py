"""Makes USD know our schemas, on import of ``twin.stage``."""

from pathlib import Path

from pxr import Plug, Usd

from twin.data import folder
from twin.stage.schema import PLUGIN_FILE


def plugin_path() -> Path:
    """Return the folder to name in ``PXR_PLUGINPATH_NAME`` so that other USD programs know our schemas."""
    return folder("schema")


def register() -> None:
    """Register the schemas; again is harmless.

    Raises:
        ImportError: USD built its schema registry before and silently leaves late schemas out.
    """
    if not (plugin_path() / PLUGIN_FILE).is_file():  # while the schema is being written for the first time
        return
    Plug.Registry().RegisterPlugins(str(plugin_path()))
    if Usd.SchemaRegistry().FindAppliedAPIPrimDefinition("TwinEquipmentAPI") is None:
        raise ImportError(
            "USD's schema registry was built before twin.stage was imported: import twin.stage before "
            f"opening a stage, or set PXR_PLUGINPATH_NAME={plugin_path()}"
        )
