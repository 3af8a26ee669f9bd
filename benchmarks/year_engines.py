"""Engines that go through a year of weather, one in each process; `year.py` asks them in turn.

A process reads one JSON object a line, `{"do": ..., ...}`, and answers with one. Seconds are processor time
of the process on one thread.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from workers import serve, spent

CASE = "plant_chiller_phoenix"
HOURS, HOUR_S = 8760, 3600.0


class EnergyPlus:
    """EnergyPlus by its library: the input of the case, with outputs of every hour or of the year only."""

    def __init__(self, hourly):
        self.hourly = hourly

    def read(self, cases):
        from pyenergyplus.api import EnergyPlusAPI

        self.api = EnergyPlusAPI()
        cases = Path(cases)
        told = json.loads((cases / "annual" / f"{CASE}.expected.json").read_text(encoding="utf-8"))
        self.epw = cases / "weather" / told["weather"]
        self.input = json.loads((cases / "annual" / f"{CASE}.epJSON").read_text(encoding="utf-8"))
        if not self.hourly:
            for output in self.input["Output:Variable"].values():
                output["reporting_frequency"] = "RunPeriod"

    def year(self):
        """Return seconds from the first step on, and from the call on."""
        state, began = self.api.state_manager.new_state(), []
        run = self.api.runtime
        run.set_console_output_status(state, False)
        run.callback_begin_new_environment(state, lambda _: began.append(time.process_time()))
        with tempfile.TemporaryDirectory(prefix="twin-bench-") as folder:
            file = Path(folder, "plant.epJSON")
            file.write_text(json.dumps(self.input), encoding="utf-8")
            start = time.process_time()
            code = run.run_energyplus(state, ["-w", str(self.epw), "-d", folder, str(file)])
            ended = time.process_time()
            if code:
                raise SystemExit(f"EnergyPlus ends with {code}")
            self.rows = Path(folder, "eplusout.csv").read_text(encoding="utf-8").splitlines()
        self.api.state_manager.delete_state(state)
        return {"s": ended - began[0], "whole": ended - start}

    def answer(self):
        names = self.rows[0].split(",")
        hours = [[float(cell) for cell in row.split(",")[1:]] for row in self.rows[1:]]

        def total(words):
            (column,) = [i for i, name in enumerate(names[1:]) if words in name]
            return sum(row[column] for row in hours)

        def kwh(words):
            return total(words) * HOURS / len(hours) / 1e3

        return {
            "chiller": kwh("Chiller Electricity"), "tower fan": kwh("Cooling Tower Fan Electricity"),
            "pumps": kwh("CHWP:Pump Electricity") + kwh("CWP:Pump Electricity"),
            "IT": -kwh("Plant Load Profile Heat"), "make-up water": total("Make Up Water Volume"),
        }  # fmt: skip


class EveryHour:
    """Our plant like that of the case, every hour solved for itself, side by side."""

    def read(self, cases):
        from tests.support.annual_plants import built, case_of

        self.case = case_of(Path(cases), CASE)
        with tempfile.TemporaryDirectory(prefix="twin-bench-") as folder:
            self.facility, self.state = built(self.case, Path(folder))

    def year(self):
        from tests.support.annual_plants import solved

        began = time.process_time()
        self.hours = solved(self.case, self.facility, self.state)
        return {"s": time.process_time() - began, "count": self.state.shape[1]}

    def answer(self):
        def kwh(*names):
            return float(self.hours.of(*names).sum()) / 1e3

        return {
            "chiller": kwh("Chiller"), "tower fan": kwh("Tower"), "pumps": kwh("CHWP", "CWP"),
            "IT": kwh("Rack_"), "make-up water": float(self.hours.make_up_kg_s.sum()) * HOUR_S / 1e3,
        }  # fmt: skip


class ByTable(EveryHour):
    """The same plant by the table of `twin year`: every hour is the mean of solved neighbours."""

    def year(self):
        from tests.support.annual_plants import at
        from twin.checks import declare_rules
        from twin.stage.placed import placing
        from twin.stage.read import paused
        from twin.studies.year import TOLERANCE_RATIO
        from twin.studies.year_points import Plant
        from twin.studies.year_table import tabulate

        class Followed(Plant):
            """The plant whose pump follows the load."""

            def at(self, state, case=self.case):
                return at(case, self.facility, state)

        began = time.process_time()
        declare_rules()
        plant = Followed(self.facility)
        with paused(), placing(self.facility):
            table = tabulate(plant, self.state, TOLERANCE_RATIO)
        self.values = {name: table.of(values) for name, values in table.points.values.items()}
        return {"s": time.process_time() - began, "count": plant.count}

    def answer(self):
        names = {
            "chiller": "chiller_power_w", "tower fan": "cooling/Cooling tower", "pumps": "cooling/Pump",
            "IT": "it_power_w",
        }  # fmt: skip
        water = float(self.values["make_up_kg_s"].sum()) * HOUR_S / 1e3
        return {mine: float(self.values[name].sum()) / 1e3 for mine, name in names.items()} | {
            "make-up water": water
        }


class Hall:
    """The hall of 512 racks that comes with the package, with all of its cases but one left out."""

    def read(self, cases):
        from tests.support.annual_plants import case_of
        from twin.interop.climate import read_climate
        from twin.studies.year import read_for_year

        self.weather = read_climate(str(case_of(Path(cases), CASE).epw))
        self.facility = read_for_year("hall_liquid")

    def year(self):
        from twin.studies.year import run_year
        from twin.studies.year_load import load_of

        began = time.process_time()
        self.found = run_year(self.facility, self.weather, load_of(None, self.weather))
        return {"s": time.process_time() - began, "count": self.found.solved_count}

    def answer(self):
        from twin.studies.year_figures import figures

        told = figures(self.found)
        return {
            "racks": float(len(self.facility.tables["rack"].paths)), "pue": told["pue"],
            "residual": told["energy_residual_ratio"], "off": told["interpolation_error_ratio"],
        }  # fmt: skip


ENGINES = {
    "energyplus": lambda: EnergyPlus(hourly=False), "energyplus hourly": lambda: EnergyPlus(hourly=True),
    "every hour": EveryHour, "table": ByTable, "hall": Hall,
}  # fmt: skip


def reply(engine, do, **more):
    """Return what an engine answers to a request."""
    if do == "read":
        return {"s": spent(lambda: engine.read(**more))}
    return engine.year() if do == "year" else engine.answer()


if __name__ == "__main__":
    serve(ENGINES[sys.argv[1]](), reply)
