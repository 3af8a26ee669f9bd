"""Weather files to read, written from a built-in climate, whole or with something wrong in them."""

from functools import cache

from twin.interop.climate import read_climate

HEAD = (
    "LOCATION,Testville,XX,TST,TMY3,123456,33.45,-111.98,-7.0,337.0",
    "DESIGN CONDITIONS,0",
    "TYPICAL/EXTREME PERIODS,0",
    "GROUND TEMPERATURES,0",
    "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0",
    "COMMENTS 1,written by a test",
    "COMMENTS 2,",
)
FIRST_ROW = 9
REST = ("0",) * 25
DESIGN = (
    "DESIGN CONDITIONS,1,Climate Design Data 2009 ASHRAE Handbook,,"
    "Heating,12,3.7,5.2,-14.5,1.1,15.4,-11.9,1.4,17,8.2,14.8,7.3,15.1,1.7,100,"
    "Cooling,7,12,43.4,21.1,42.3,21,41.2,20.9,24.5,35.8,24,35.4,23.5,35.1,4.1,260,21.8,17.2,28.1,"
    "21,16.3,29.1,20,15.3,30.2,75.6,35.3,73.5,35.4,71.8,35.2,749,"
    "Extremes,8.2,7.1,5.8,27.7,1.3,45.8,1.5,1.5,0.3,46.9,-0.6,47.8,-1.4,48.7,-2.5,49.8"
)


def weather_rows(per_hour=1):
    """Return the fields of each row of a year at Phoenix, the years differing by month."""
    rows = []
    for month, day, hour, dry, dew in _hours():
        for part in range(per_hour):
            minute = str(60 * (part + 1) // per_hour)
            rows.append(
                [str(1980 + int(month)), month, day, hour, minute, "A7", dry, dew, "40", "97400", *REST]
            )
    return rows


@cache
def _hours():
    weather = read_climate("phoenix")
    columns = (weather.month, weather.day, weather.hour + 1)
    kelvins = (weather.dry_bulb_k, weather.dew_point_k)
    dates = [[str(value) for value in column] for column in columns]
    degrees = [[f"{value:.1f}" for value in column - 273.15] for column in kelvins]
    return list(zip(*dates, *degrees, strict=True))


def write_epw(path, rows, *, per_hour=1, head=HEAD, end="12/31"):
    """Write a file and return its path."""
    period = f"DATA PERIODS,1,{per_hour},Data,Sunday, 1/ 1,{end}"
    lines = [*head, period, *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
