"""A small town as an EPANET input, with one of everything that a stage can hold."""

TOWN = """[TITLE]
A town on two hills

[JUNCTIONS]
;id elevation demand pattern
J1 20 0
J2 22 4 day
J3 18 6
J4 12 5
J5 10 2
J6 15 0
J7 14 1.5
J8 16 1
J9 13 0
J/10 13 0.5
J-10 11 0.5
J11 8 0

[RESERVOIRS]
;id head
Lake {lake}
River 34

[TANKS]
;id elevation level least most diameter
Hill 52 {level} 0.5 6 12

[PIPES]
;id from to length diameter roughness loss status
P1 J1 J2 400 300 {rough} 0 Open
P2 J2 J3 500 250 {rough} 1.5 Open
P3 J2 Hill 300 250 {rough} 0 Open
P4 J3 J4 350 200 {rough} 0 Open
P5 J4 J5 250 150 {rough} 0 Open
P6 J3 J6 200 150 {rough} 0 Open
P7 J7 J8 250 150 {rough} 0 Open
P8 River J9 200 150 {rough} 0 CV
P9 J8 J9 150 100 {rough} 2 Open
P10 J9 J/10 150 100 {rough} 0 Open
P11 J/10 J-10 150 100 {rough} 0 Open
P12 J5 J-10 150 100 {rough} 0 Closed
P13 J11 J-10 120 100 {rough} 0 Open

[PUMPS]
Lift Lake J1 HEAD duty
Boost Lake J1 POWER 2

[STATUS]
Boost {boost}

[VALVES]
;id from to diameter type setting loss
Prv J6 J7 150 PRV 22 0.5
Fcv J5 J8 100 FCV 0.6 0
Tcv J8 J11 100 TCV 12 0
Gpv J4 J11 100 GPV coil 0

[CURVES]
duty 0 60
duty 20 50
duty 40 25
coil 0 0
coil 1 4
coil 3 30

[EMITTERS]
J11 0.1

[PATTERNS]
day 1.2 0.8 0.5

[CONTROLS]
LINK Boost CLOSED IF NODE Hill ABOVE 5
LINK P12 OPEN AT TIME 2

[OPTIONS]
UNITS LPS
HEADLOSS {law}
EMITTER EXPONENT 0.5

[TIMES]
DURATION 6

[COORDINATES]
J1 100 100
J2 500 120
J3 900 100
J4 900 400
J5 700 500
J6 1000 200
J7 1100 300
J8 1200 500
J9 1400 500
J/10 1500 600
J-10 1200 700
J11 1000 600
Lake 50 50
River 1600 400
Hill 500 400

[VERTICES]
P3 550 250
P3 520 330

[BACKDROP]
UNITS METERS

[END]
"""


def town(law="H-W", rough="120", *, lake="15", level="3", boost="Open"):
    """Return the input with a law of friction, the lake's head, the tank's level and a pump's status."""
    return TOWN.format(law=law, rough=rough, lake=lake, level=level, boost=boost)


SHARP = "ACCURACY 1e-7", "TRIALS 500", "HEADERROR 1e-6", "FLOWCHANGE 1e-7"


def sharp(text):
    """Return an input that EPANET solves as sharply as it can."""
    given = "ACCURACY", "TRIALS"
    lines = [line for line in text.splitlines() if not line.strip().upper().startswith(given)]
    at = next(i for i, line in enumerate(lines) if line.strip().upper().startswith("[OPTIONS]"))
    return "\n".join([*lines[: at + 1], *SHARP, *lines[at + 1 :]])
