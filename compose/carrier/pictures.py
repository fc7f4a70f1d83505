"""Pictures that a customer may send: drawn here, so that no file of anybody's is needed."""

from functools import cache
from math import atan2, hypot, pi

from png import Colour, png

WIDTH, HEIGHT = 240, 180
DESCRIPTIONS = {"car.png": "A blue car", "dent.png": "A dent in a door", "mileage.png": "A dial on a dashboard"}


@cache
def picture(name: str) -> bytes:
    return png(WIDTH, HEIGHT, {"car.png": _car, "dent.png": _dent, "mileage.png": _mileage}[name])


def _mix(a: Colour, b: Colour, part: float) -> Colour:
    part = min(1.0, max(0.0, part))
    return tuple(round(one + (other - one) * part) for one, other in zip(a, b))


def _car(x: float, y: float) -> Colour:
    for wheel in (0.3, 0.71):
        away = hypot((x - wheel) * 4 / 3, y - 0.7)
        if away < 0.095:
            return (196, 203, 212) if away < 0.05 else (28, 30, 34)
    if 0.5 < y < 0.71 and 0.1 + max(0, 0.56 - y) < x < 0.91 - max(0, 0.56 - y) * 0.6:
        if 0.545 < y < 0.59 and x > 0.865:
            return (253, 230, 138)
        return _mix((37, 99, 235), (23, 55, 140), (y - 0.5) / 0.21)
    if 0.31 < y <= 0.5 and 0.24 + (0.5 - y) * 0.55 < x < 0.76 - (0.5 - y) * 0.75:
        is_glass = 0.345 < y < 0.485 and 0.28 + (0.5 - y) * 0.55 < x < 0.725 - (0.5 - y) * 0.75
        is_glass = is_glass and abs(x - 0.49) > 0.012
        return _mix((190, 220, 240), (120, 160, 190), (y - 0.34) / 0.15) if is_glass else (37, 99, 235)
    if y > 0.74:
        is_line = 0.86 < y < 0.88 and (x * 5) % 1 < 0.55
        return (236, 236, 228) if is_line else _mix((92, 97, 105), (66, 70, 77), (y - 0.74) * 4)
    if hypot((x - 0.83) * 4 / 3, y - 0.16) < 0.07:
        return (255, 236, 170)
    return _mix((126, 182, 230), (222, 238, 248), y / 0.74)


def _dent(x: float, y: float) -> Colour:
    paint = _mix((176, 40, 46), (122, 22, 30), y)
    if 0.66 < x < 0.86 and 0.2 < y < 0.27:
        return _mix((225, 228, 232), (130, 134, 140), (y - 0.2) / 0.07)
    if abs(y - 0.42) < 0.006:
        return (206, 84, 86)
    if abs(x - 0.93) < 0.005:
        return (48, 10, 14)
    away = hypot((x - 0.4) * 4 / 3, y - 0.62)
    if away < 0.2:
        # Dark where the light does not come, bright on the far edge.
        light = ((x - 0.4) + (y - 0.62)) / 0.2
        paint = _mix(paint, (240, 160, 160) if light > 0 else (40, 6, 10), abs(light) * (1 - away / 0.2) * 1.6)
    if abs((y - 0.58) - (x - 0.4) * 0.3) < 0.006 and 0.3 < x < 0.52:
        return (226, 220, 216)
    return paint


def _mileage(x: float, y: float) -> Colour:
    across, down = (x - 0.5) * 4 / 3, y - 0.58
    away, turn = hypot(across, down), atan2(down, across)
    if abs(turn + 0.6) < 0.035 and 0.05 < away < 0.3:
        return (239, 68, 68)
    if away < 0.055:
        return (60, 64, 72)
    if abs(down - 0.2) < 0.045 and abs(across) < 0.15:
        return (253, 186, 116) if abs(down - 0.2) < 0.024 and (across * 40) % 1 < 0.62 else (10, 12, 16)
    if 0.31 < away < 0.38 and not 0.25 * pi < turn < 0.75 * pi and (turn / pi * 14) % 1 < 0.2:
        return (235, 238, 242)
    if 0.4 < away < 0.42:
        return (120, 126, 136)
    return _mix((34, 37, 44), (18, 20, 25), away * 1.6)
