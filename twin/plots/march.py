"""A march in time as one HTML page: power, current, batteries and ramps against time."""

from typing import TYPE_CHECKING, Any

import numpy as np
from plotly.graph_objects import Figure
from plotly.subplots import make_subplots

from twin.arrays import Array

if TYPE_CHECKING:
    import xarray as xr

ROWS = (
    "Power", "Highest current of a utility feeder", "Energy in the UPS batteries",
    "Ramp at the utility, over 1 s",
)  # fmt: skip
AXES = ("Power, MW", "Current, A", "Stored, % of full", "Ramp, MW/s")
COLOURS = {
    "utility": "#1f5f99",
    "generator": "#b35c00",
    "it": "#5a8f3c",
    "least": "#a02c2c",
    "all": "#1f5f99",
}
NOTE = (
    "Quasi-static: a steady power flow at every instant. No network dynamics, no control transients; "
    "a straight line joins two instants."
)


def march_figure(tree: "xr.DataTree", title: str) -> Figure:
    """Return the figure of a march.

    Args:
        tree: Results over time, groups ``/plant``, ``/facility``, ``/rack`` and ``/converter``.
        title: Heading.
    """
    figure = make_subplots(
        rows=len(ROWS), cols=1, shared_xaxes=True, vertical_spacing=0.06, subplot_titles=ROWS
    )
    time = np.asarray(tree["plant"]["time"].values)

    def draw(row: int, name: str, values: Array, colour: str, **line: Any) -> None:
        figure.add_scatter(
            x=time, y=values, name=name, mode="lines", row=row, col=1, legend=_legend(row),
            line={"color": COLOURS[colour], "width": 1.6, **line},
        )  # fmt: skip

    plant = tree["plant"].to_dataset()
    kind = np.asarray(plant["kind"].values)
    power, current = (np.asarray(plant[n].values)[0] for n in ("power_w", "current_a"))
    draw(1, "utility", power[:, kind == "utility"].sum(axis=1) / 1e6, "utility")
    if (others := kind != "utility").any():
        draw(1, "generators", power[:, others].sum(axis=1) / 1e6, "generator")
    if "rack" in tree.children:
        racks = np.asarray(tree["rack"]["it_power_w"].values)[0]
        draw(1, f"IT served, {racks.shape[1]} racks", racks.sum(axis=1) / 1e6, "it", dash="dot")
    draw(2, "current", current[:, kind == "utility"].max(axis=1, initial=0.0), "utility")
    _batteries(tree, draw)
    draw(4, "ramp", np.asarray(tree["facility"]["ramp_w_s"].values)[0] / 1e6, "utility")
    figure.update_xaxes(title_text="Time, s", row=len(ROWS), col=1)
    figure.update_yaxes(rangemode="tozero", row=1, col=1)
    figure.update_yaxes(rangemode="tozero", row=2, col=1)
    for row, text in enumerate(AXES, start=1):
        figure.update_yaxes(title_text=text, row=row, col=1)
    figure.update_layout({_legend(row): _beside(figure, row) for row in range(1, len(ROWS) + 1)})
    figure.update_layout(
        title={"text": f"{title}<br><sup>{NOTE}</sup>"}, template="plotly_white", height=980,
        margin={"l": 80, "r": 190, "t": 100, "b": 60},
        font={"family": "sans-serif", "size": 13},
    )  # fmt: skip
    return figure


def _legend(row: int) -> str:
    """Return the name of the legend of a panel."""
    return "legend" if row == 1 else f"legend{row}"


def _beside(figure: Figure, row: int) -> dict[str, Any]:
    """Return where the legend of a panel stands: right of it, at its top."""
    axis = figure.layout[f"yaxis{row}" if row > 1 else "yaxis"]
    return {"x": 1.01, "xanchor": "left", "y": axis.domain[1], "yanchor": "top"}


def _batteries(tree: "xr.DataTree", draw: Any) -> None:
    """Draw the energy of the batteries together, and of the emptiest one, over their energy at the start."""
    if "converter" not in tree.children:
        return
    stored = np.asarray(tree["converter"]["stored_j"].values)[0]
    stored = stored[:, stored[0] > 0.0]
    if stored.shape[1]:
        full = stored[0]
        draw(3, "all batteries", 100.0 * stored.sum(axis=1) / full.sum(), "all")
        emptiest = int(np.argmin((stored / full).min(axis=0)))
        draw(3, "emptiest battery", 100.0 * stored[:, emptiest] / full[emptiest], "least", dash="dash")


def march_html(tree: "xr.DataTree", title: str) -> str:
    """Return the figure as one HTML page that needs no other file; arguments as in ``march_figure``."""
    page: str = march_figure(tree, title).to_html(include_plotlyjs=True, full_html=True, div_id="march")
    return page
