# SPDX-License-Identifier: GPL-3.0-or-later
"""Places as pictures.  Everything random comes from the generator; the order of its draws is part of the recipe:
the same seed gives the same picture."""
import numpy as np
from PIL import Image, ImageDraw

from .colours import COLOURS, paint

TINTS = {"day": (1, 1, 1), "sunset": (1.02, .76, .62), "night": (.4, .45, .62)}
HORIZONS = {"beach": .36, "sea": .42, "snow": .48, "meadow": .45, "desert": .46, "city": .68, "forest": .62,
            "mountains": .68}


def _mix(a, b, share):
    """From colour (or picture) a to b, where share goes from 0 to 1 over the picture."""
    share = share[..., None]
    return np.asarray(a, np.float32) * (1 - share) + np.asarray(b, np.float32) * share


def _to_image(array):
    return Image.fromarray(np.clip(array, 0, 255).astype(np.uint8))


class View:
    """The empty picture: its size, its coordinates from 0 to 1, and a fine texture."""

    def __init__(self, random, width, height):
        self.random, self.width, self.height = random, width, height
        self.y, self.x = np.mgrid[0:height, 0:width].astype(np.float32)
        self.y /= height
        self.x /= width
        self.fine = self.noise(60) * .6 + self.noise(24) * .4

    def noise(self, cells, stretch=1.0):
        """Smooth noise, 0 to 1; cells on the long side; stretch > 1 draws it out sideways."""
        longest = max(self.width, self.height)
        shape = max(2, round(cells * self.height / longest)), max(2, round(cells / stretch))
        grid = self.random.random(shape, np.float32)
        return np.asarray(Image.fromarray(grid).resize((self.width, self.height), Image.BICUBIC))

    def grain(self, strength):
        return (self.fine[..., None] - .5) * strength

    def stars(self, image, n):
        side = max(1, min(self.width, self.height) // 180)
        across = self.random.integers(0, self.width - side, n)
        down = self.random.integers(0, self.height - side, n)
        for x, y, brightness in zip(across, down, self.random.random(n)):
            image[y:y + side, x:x + side] += 90 + 140 * brightness


# ---- without a horizon


def _plain(view, colour):
    r = view.random
    swatch = Image.fromarray(np.full((4, 4, 3), (200, 60, 60), np.uint8)).convert("RGBA")
    base = np.asarray(paint(swatch, colour).convert("RGB"))[0, 0]
    dark = base * (.8 + .15 * r.random())
    slope = view.x * (r.random() - .5) + view.y * (r.random() - .5)
    return _mix(dark, base * 1.05 + 8, np.clip(slope + .5, 0, 1)) + view.grain(14)


def _space(view):
    r = view.random
    nebula = (60 + 60 * r.random(), 20, 90 * r.random() + 30)
    image = _mix((4, 4, 14), nebula, np.clip(view.noise(5) - .45, 0, 1) * 1.6)
    view.stars(image, 220)
    return image


def _underwater(view):
    r, x, y = view.random, view.x, view.y
    water = _mix((20, 150 + 50 * r.random(), 200 + 30 * r.random()), (5, 40, 90), y)
    beams = np.clip(np.sin(x * 25 + y * 6 + 6 * r.random()), 0, 1)
    image = _to_image(water + 35 * beams[..., None] * (1 - y[..., None]))
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(r.integers(6, 16)):  # bubbles
        cx, cy, radius = r.random() * view.width, r.random() * view.height, (.008 + .02 * r.random()) * view.width
        draw.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), outline=(220, 245, 255, 150),
                     width=max(1, view.width // 160))
    sand = np.clip((y - .86 - .05 * view.noise(6)) * 15, 0, 1) * .7
    return _mix(np.asarray(image, np.float32), (190, 175, 120), sand)


def _window(view, draw):
    r, width, height = view.random, view.width, view.height
    left, top = r.random() * .7 * width, (.06 + .06 * r.random()) * height
    wide, high = (.16 + .14 * r.random()) * width, (.2 + .1 * r.random()) * height
    glass = tuple(int(level) for level in r.integers(120, 245, 3))
    frame = (95, 70, 50)
    draw.rectangle((left, top, left + wide, top + high), fill=glass, outline=frame, width=max(2, width // 45))
    if r.random() < .6:
        bar = max(1, width // 70)
        draw.line([(left + wide / 2, top), (left + wide / 2, top + high)], fill=frame, width=bar)
        draw.line([(left, top + high / 2), (left + wide, top + high / 2)], fill=frame, width=bar)


def _room(view):
    r, x, y = view.random, view.x, view.y
    wall = np.array([150 + 90 * r.random(), 140 + 90 * r.random(), 130 + 90 * r.random()])
    skirting = .55 + .15 * r.random()
    floor = np.array([150, 105, 65]) * (.7 + .5 * r.random())
    planks = 14 * np.sign(np.sin((x - .5) / (y - skirting + .25) * (12 + 6 * r.random())))
    image = _to_image(np.where((y < skirting)[..., None], wall + view.grain(6), floor + planks[..., None] + view.grain(25)))
    draw = ImageDraw.Draw(image)
    height = view.height
    draw.rectangle((0, skirting * height - height * .015, view.width, skirting * height + height * .01),
                   fill=(235, 230, 220))
    _window(view, draw)
    return np.asarray(image, np.float32)


# ---- with a horizon


class Landscape:
    """What all places outdoors have: a sky above a horizon; hills and water as the place needs them."""

    def __init__(self, view, time, horizon):
        r, x = view.random, view.x
        self.view, self.time, self.horizon = view, time, horizon
        self.image = self._sky()
        self.depth = np.clip((view.y - horizon) / (1 - horizon), 0, 1)  # 0 at the horizon, 1 at the lower edge
        self.level = np.broadcast_to(np.float32(horizon), (view.height, view.width))
        self.hills = (horizon + .05 * np.sin(x * (3 + 6 * r.random()) + 6 * r.random())
                      + .025 * np.sin(x * (9 + 9 * r.random())))
        self.water = self._water()

    def _sky(self):
        view, r = self.view, self.view.random
        down = np.linspace(0, 1 / max(self.horizon, .2), view.height, dtype=np.float32)
        down = np.clip(down, 0, 1)[:, None].repeat(view.width, 1)
        image = {"night": self._night, "sunset": self._sunset, "day": self._day}[self.time](down)
        if r.random() < .6 and self.time != "night":
            clouds = np.clip((view.noise(9, 2) * .6 + view.noise(20, 2) * .4 - .5) * 4, 0, 1) * r.random()
            image = _mix(image, (255, 255, 255) if self.time == "day" else (150, 80, 90), clouds)
        return image

    def _night(self, down):
        r = self.view.random
        image = _mix((6 + r.random() * 10, 10 + r.random() * 12, 35 + r.random() * 25),
                     (25, 35, 80 + r.random() * 25), down)
        self.view.stars(image, 60)
        return image

    def _sunset(self, down):
        view, r = self.view, self.view.random
        image = _mix((70 + r.random() * 90, 60 + r.random() * 40, 110 + r.random() * 50),
                     (255, 130 + r.random() * 70, 40 + r.random() * 60), down ** .8)
        cx, cy = r.random() * view.width, self.horizon * view.height * (.6 + .4 * r.random())
        radius = min(view.width, view.height) * (.05 + .05 * r.random())
        distance = np.hypot(np.arange(view.width)[None] - cx, np.arange(view.height)[:, None] - cy)
        return _mix(image, (255, 235, 170), np.clip(1.2 - distance / radius, 0, 1) * .9)

    def _day(self, down):
        r = self.view.random
        return _mix((50 + r.random() * 60, 120 + r.random() * 50, 215 + r.random() * 35),
                    (185 + r.random() * 40, 220 + r.random() * 20, 245), down)

    def _water(self):
        view, r = self.view, self.view.random
        waves = view.noise(70, 5) * .6 + view.noise(26, 4) * .4
        near = (40 + 40 * r.random(), 130 + 50 * r.random(), 190 + 30 * r.random())
        far = (8, 60 + 30 * r.random(), 120 + 30 * r.random())
        return _mix(near, far, self.depth) + (waves[..., None] - .5) * 75


# Each gives the picture of the ground and the line (a height per pixel) above which it is not seen; the ones with
# something on the horizon draw that into the landscape first.


def _sea(land):
    return land.water, land.level


def _beach(land):
    view, r = land.view, land.view.random
    sand = _mix((215, 185, 130), (240, 215 + 15 * r.random(), 165 + 20 * r.random()), land.depth) + view.grain(32)
    shore = (land.horizon + .16 + .08 * r.random() + (r.random() - .5) * .25 * (view.x - .5)
             + .012 * np.sin(view.x * 20 + 6 * r.random()))
    ground = np.where((view.y < shore)[..., None], land.water, sand)
    foam = np.clip(1 - abs(view.y - shore) / .012, 0, 1)
    return _mix(ground, (250, 252, 252), foam), land.level


def _snow(land):
    drifts = (land.view.noise(7)[..., None] - .5) * 26
    return _mix((214, 226, 242), (248, 250, 255), land.depth) + drifts, land.hills


def _meadow(land):
    view, r = land.view, land.view.random
    return _mix((120 + 30 * r.random(), 180, 80), (50, 135 + 25 * r.random(), 40), land.depth) + view.grain(45), land.hills


def _desert(land):
    view, r = land.view, land.view.random
    sand = _mix((225, 165, 90), (200 + 30 * r.random(), 125, 55), land.depth)
    ripples = np.sin((view.y * 38 + 3 * np.sin(view.x * 6 + 5 * r.random())) * (1 + r.random()))
    return sand + ripples[..., None] * 11, land.hills


def _windows(land, draw, left, top, wide):
    view, r = land.view, land.view.random
    for y in np.arange(top + .03, land.horizon - .05, .065):
        for x in np.arange(left + .02, left + wide - .03, .045):
            if r.random() < .8:
                lit = land.time == "night" and r.random() < .7
                box = (x * view.width, y * view.height, (x + .022) * view.width, (y + .035) * view.height)
                draw.rectangle(box, fill=(255, 255, 200) if lit else (70, 80, 100))


def _city(land):
    view, r = land.view, land.view.random
    image = _to_image(land.image)
    draw = ImageDraw.Draw(image)
    left = -.05
    while left < 1:
        wide, high, grey = .1 + .13 * r.random(), .25 + .38 * r.random(), r.integers(95, 190)
        tone = (int(grey), int(grey * (.85 + .15 * r.random())), int(grey * (.8 + .25 * r.random())))
        top = land.horizon - high
        draw.rectangle((left * view.width, top * view.height, (left + wide) * view.width,
                        land.horizon * view.height), fill=tone)
        _windows(land, draw, left, top, wide)
        left += wide + .01 * r.random()
    land.image = np.asarray(image, np.float32)
    street = np.full((view.height, view.width, 3), 88 + 20 * r.random(), np.float32) + view.grain(22)
    middle = abs((view.x - .5) / (land.depth + .15)) < .04
    street[middle & (np.sin(14 / (land.depth + .25)) > 0)] = 225
    return street, land.level


def _mountains(land):
    view, r = land.view, land.view.random
    image = _to_image(land.image)
    draw = ImageDraw.Draw(image)
    foot = land.horizon * view.height
    for _ in range(6):
        x, top = r.random() * view.width, (land.horizon - .2 - .33 * r.random()) * view.height
        half, grey = (.2 + .2 * r.random()) * view.width, int(r.integers(85, 135))
        draw.polygon([(x - half, foot + 2), (x, top), (x + half, foot + 2)], fill=(grey, grey + 3, grey + 14))
        cap, drop = half * .3, (foot - top) * .3  # the snow on it
        draw.polygon([(x - cap, top + drop), (x, top), (x + cap, top + drop), (x + cap * .4, top + drop * .8),
                      (x, top + drop * 1.15), (x - cap * .4, top + drop * .8)], fill=(245, 248, 252))
    land.image = np.asarray(image, np.float32)
    return _mix((95, 140, 70), (70, 115, 55), land.depth) + view.grain(40), land.level


def _forest(land):
    view, r = land.view, land.view.random
    width, height, horizon = view.width, view.height, land.horizon
    image = _to_image(land.image)
    draw = ImageDraw.Draw(image)
    for _ in range(16):
        x, scale, green = r.random() * width, .75 + .5 * r.random(), r.integers(60, 125)
        draw.rectangle((x - .012 * width, (horizon - .2) * height, x + .012 * width, (horizon + .02) * height),
                       fill=(80, 55, 40))
        for tier in range(3):
            foot, half = horizon - .1 - .15 * tier * scale, (.12 - .025 * tier) * width * scale
            draw.polygon([(x - half, foot * height), (x, (foot - .24 * scale) * height), (x + half, foot * height)],
                         fill=(int(green * .35), int(green), int(green * .45)))
    land.image = np.asarray(image, np.float32)
    return _mix((85, 100, 45), (95, 75, 45), land.depth) + view.grain(50), land.level


GROUNDS = {"sea": _sea, "beach": _beach, "snow": _snow, "meadow": _meadow, "desert": _desert, "city": _city,
           "mountains": _mountains, "forest": _forest}


def _darken_skyline(land, place):
    """The sky comes in the colours of its time; what stands before it does not.  Lit windows stay bright."""
    tint = np.array(TINTS[land.time])
    if place != "city":
        return land.image * (1 - (1 - tint) * .55)
    lit = (land.image.min(-1, keepdims=True) > 190) * (land.time == "night")
    return np.where(lit, land.image, land.image * (1 - (1 - tint) * .6))


def _outdoors(view, place, time):
    r = view.random
    land = Landscape(view, time, HORIZONS[place] + .12 * (r.random() - .5))
    ground, edge = GROUNDS[place](land)
    image = land.image
    if time != "day" and place in ("city", "mountains", "forest"):
        image = _darken_skyline(land, place)
    image = np.where((view.y > edge)[..., None], ground * np.array(TINTS[time], np.float32), image)
    if place == "snow" and r.random() < .6:
        view.stars(image, 90)  # snowflakes
    return image


def background(random, place, time, width, height):
    """A place (or a plain background in a colour) as an RGB array of numbers around 0..255."""
    view = View(random, width, height)
    if place in COLOURS:
        return _plain(view, place)
    if place in ("space", "underwater", "room"):
        return {"space": _space, "underwater": _underwater, "room": _room}[place](view)
    return _outdoors(view, place, time)
