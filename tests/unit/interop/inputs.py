"""One small input with everything in it that bears on hydraulics, and ways to change a line of it."""

SMALL = """\
[TITLE]
Two zones
 and a tank

[JUNCTIONS]
;ID   Elevation  Demand  Pattern
 J1   10         2       day      ; first
 J2   12         3
 "J 3"\t8
 J4   8          1       *

[RESERVOIRS]
 R1   20         night
[TANKS]
 T1   30  2  1  4  5  40
 T2   30  2  1  4  5  0  bulge  YES

[PIPES]
 P1   J1  J2     100  150  0.1  2.5  Open
 P2   J2  "J 3"  200  100  0.1  CV
 P3   "J 3"  J4  300  100  0.1  0.5
 P4   J4  T1     10   100  0.1  0    Closed
 P5   J4  T2     10   100  0.1

[PUMPS]
 U1   R1  J1     HEAD rise  SPEED 0.9  PATTERN night
 U2   R1  J2     POWER 2

[VALVES]
 V1   J1  J4     100  PRV  25   0.2
 V2   J2  J4     100  FCV  4    0
 V3   J2  "J 3"  100  TCV  12
 V4   J1  "J 3"  100  GPV  bump

[DEMANDS]
 J2   4   day    ; homes
 J2   1          ; works

[EMITTERS]
 J4   0.5

[PATTERNS]
 day    1 1.2
 day    0.8
 night  1.5
 *      1

[CURVES]
;pump
 rise   0  50
 rise   5  40
 rise   9  20
 bump   0  0
 bump   5  3
 bulge  1  10
 bulge  4  90

[STATUS]
 U2   Closed
 V1   Open
 V3   7

[CONTROLS]
 LINK U1 CLOSED IF NODE T1 ABOVE 3.5
 LINK U1 0.5 IF NODE J2 BELOW 20
 LINK P1 OPEN AT TIME 1:30
 LINK V2 3 AT CLOCKTIME 6 PM

[OPTIONS]
 Units              LPS
 Headloss           D-W
 Specific Gravity   0.95
 Viscosity          1.2
 Pattern            day
 Demand Multiplier  1.1
 Emitter Exponent   0.5
 Accuracy           0.0001
 Trials             40
 Unbalanced         Continue 10
 Quality            None mg/L

[TIMES]
 Duration            24:00
 Hydraulic Timestep  30 min
 Pattern Timestep    2
 Pattern Start       1:00
 Report Timestep     1:00:00
 Report Start        0
 Start ClockTime     6 am
 Statistic           None

[ENERGY]
 Global Efficiency 75
[COORDINATES]
 J1 0 somewhere
[END]
 nothing of this is read
"""


def line_of(text, fragment):
    """Return the number of the only line that holds a fragment."""
    (number,) = [n for n, line in enumerate(text.splitlines(), start=1) if fragment in line]
    return number


def swapped(old, new, text=SMALL):
    """Return an input with one fragment in the place of another."""
    assert text.count(old) == 1, f"{text.count(old)} times: {old!r}"
    return text.replace(old, new)
