"""Hold a `wasmedge` command against the recorded runs, and against what it reached before.

    golden.py [--update] CHECK BIN

CHECK is the check.py of the recorded runs, BIN the command. Prints how many runs match for each
area and level, and fails when one is below golden-floor.txt beside this file. --update writes that
file anew.
"""
import json
import os
import subprocess
import sys

FLOOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden-floor.txt")
LEVELS = ["L1", "L2", "L3", "P1", "P2"]
HEADER = """\
# Matching runs per area and level, the least that bash .ci/run accepts.
# Written by: bash .ci/run --update-floor
"""


def measure(check, binary, area=None):
    """Count matches by area: {area: {"n": total, "L1": count, ...}}."""
    cmd = [sys.executable, check, "--bin", binary, "--json"]
    if area:
        cmd += ["--area", area]
    # check.py's status only says whether all runs match.
    return json.loads(subprocess.run(cmd, stdout=subprocess.PIPE).stdout)["areas"]


def table(areas):
    lines = ["%-16s" % "area" + "".join("%6s" % k for k in ["n"] + LEVELS)]
    for name in sorted(areas):
        lines.append("%-16s" % name + "".join("%6d" % areas[name][k] for k in ["n"] + LEVELS))
    return "\n".join(lines) + "\n"


def read_floor():
    if not os.path.exists(FLOOR):
        return {}
    with open(FLOOR) as f:
        rows = [line.split() for line in f if line.strip() and not line.startswith("#")]
    names = rows[0][1:]
    return {row[0]: dict(zip(names, map(int, row[1:]))) for row in rows[1:]}


def below(areas, floor):
    """The (area, level, had, got) that fell. A floor of another set of runs does not count."""
    return [
        (area, level, want[level], areas[area][level])
        for area, want in sorted(floor.items())
        for level in LEVELS
        if area in areas and areas[area]["n"] == want["n"] and areas[area][level] < want[level]
    ]


def main():
    args = sys.argv[1:]
    update = "--update" in args
    check, binary = [a for a in args if a != "--update"]
    areas = measure(check, binary)
    floor = read_floor()
    # A loaded machine can make a run miss its time: what fell gets a second chance, alone.
    for area in sorted({fell[0] for fell in below(areas, floor)}):
        again = measure(check, binary, area)[area]
        areas[area] = {k: max(areas[area][k], again[k]) for k in areas[area]}
    total = {k: sum(a[k] for a in areas.values()) for k in ["n"] + LEVELS}
    print(table(areas) + table({"total": total}).splitlines()[1])
    if update:
        with open(FLOOR, "w") as f:
            f.write(HEADER + table(areas))
        return 0
    fell = below(areas, floor)
    for area, level, had, got in fell:
        print("%s: %s fell from %d to %d" % (area, level, had, got))
    return 1 if fell else 0


if __name__ == "__main__":
    sys.exit(main())
