# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes as pictures."""
import io

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from .backgrounds import background
from .sprites import sprite

SMALL = 200  # pictures up to this side are drawn half as large again and reduced


def _boxes(r, scene):
    """(thing, x, y, size) of every single thing: its centre and size in units of the short side, in the centre
    square.  Alternatives are all drawn before one is taken: the order of draws is part of the recipe."""
    def around(span):
        return span * (r.random() - .5)

    if len(scene.things) == 2:
        sizes = [.30 + .12 * r.random() for _ in scene.things]
        far, near = .28 + around(.06), .72 + around(.06)
        places = {
            "left": [(far, .58 + around(.2)), (near, .58 + around(.2))],
            "right": [(near, .58 + around(.2)), (far, .58 + around(.2))],
            "above": [(.5 + around(.25), .27 + around(.05)), (.5 + around(.25), .74 + around(.05))],
            "below": [(.5 + around(.25), .74 + around(.05)), (.5 + around(.25), .27 + around(.05))],
        }[scene.relation]
        return [(thing, *place, size) for thing, place, size in zip(scene.things, places, sizes)]
    thing = scene.things[0]
    if thing.count == 1:
        size = {None: .34 + .16 * r.random(), "small": .18 + .05 * r.random(), "big": .6 + .12 * r.random()}[thing.size]
        return [(thing, .5 + around(.9 - size) * .8, .58 + around(.75 - size) * .7, size)]
    size = {2: .30 + .1 * r.random(), 3: .25 + .055 * r.random()}[thing.count]
    centre = .5 + around(.06)
    step = size * (1.05 + .12 * r.random()) if thing.count == 3 else size * (1.1 + .3 * r.random())
    line = .58 + around(.3)
    return [(thing, centre + (i - (thing.count - 1) / 2) * step, line + around(.12), size * (1 + around(.12)))
            for i in range(thing.count)]


def _shadow(image, width, height, left, bottom):
    shadow = Image.new("L", (width, max(3, height // 6)))
    ImageDraw.Draw(shadow).ellipse((0, 0, shadow.width - 1, shadow.height - 1), fill=85)
    shadow = shadow.filter(ImageFilter.GaussianBlur(max(1, shadow.height / 7)))
    image.paste((15, 15, 25), (left, bottom - shadow.height // 2), shadow)


def _pose(r, thing, side, flip):
    """The thing's sprite with its longest side as given, now and then turned a little."""
    figure = sprite(thing.name, thing.colour)
    scale = side / max(figure.size)
    size = max(4, round(figure.width * scale)), max(4, round(figure.height * scale))
    figure = figure.resize(size, Image.BICUBIC, reducing_gap=2)
    if flip:
        figure = figure.transpose(Image.FLIP_LEFT_RIGHT)
    if r.random() < .6:
        figure = figure.rotate(r.normal() * 9, Image.BICUBIC, expand=True)
    return figure


def _light(r, figure, dim):
    """The opaque colours of a sprite in the light of the scene."""
    gains = dim * (1 + .05 * r.standard_normal() + .025 * r.standard_normal(3))
    bands = [band.point(lambda level, gain=gain: min(255, int(level * gain)))
             for band, gain in zip(figure.split()[:3], gains)]
    return Image.merge("RGB", bands)


def _compose(r, scene, width, height):
    side = min(width, height)
    image = Image.fromarray(np.clip(background(r, scene.place, scene.time, width, height), 0, 255).astype(np.uint8))
    flip, dim = r.random() < .5, {"night": .9, "sunset": .95}.get(scene.time, 1)
    for thing, x, y, size in _boxes(r, scene):
        figure = _pose(r, thing, size * side, flip)
        lit = _light(r, figure, dim)
        left = int((width - side) / 2 + x * side - figure.width / 2)
        top = int((height - side) / 2 + y * side - figure.height / 2)
        if scene.place not in ("space", "underwater") and r.random() < .8:
            _shadow(image, figure.width, figure.height, left, top + figure.height)
        image.paste(lit, (left, top), figure.getchannel("A"))
    return image


def _vignette(r, image):
    """Darker corners and noise."""
    y, x = np.mgrid[-1:1:image.height * 1j, -1:1:image.width * 1j]
    fall = 1 - (.05 + .2 * r.random()) * (x ** 2 + y ** 2)
    noise = r.normal(size=(image.height, image.width, 1)) * 6 * r.random()
    shaded = np.asarray(image, np.float32) * fall[..., None] + noise
    return Image.fromarray(np.clip(shaded, 0, 255).astype(np.uint8))


def _photograph(r, image):
    """What a camera does to a picture: blur, exposure, vignette, noise, compression."""
    if r.random() < .3:
        image = image.filter(ImageFilter.GaussianBlur(r.random() * .7 * min(image.size) / 96))
    image = ImageEnhance.Brightness(image).enhance(.9 + .2 * r.random())
    image = ImageEnhance.Contrast(image).enhance(.9 + .2 * r.random())
    if r.random() < .5:
        image = _vignette(r, image)
    if r.random() < .3:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=int(r.integers(55, 95)))
        image = Image.open(buffer).convert("RGB")
    return image


def render(scene, seed, width=96, height=96):
    """The scene as a picture; everything random comes from the seed (a tuple of numbers)."""
    r = np.random.default_rng(seed)
    scale = 1.5 if max(width, height) < SMALL else 1
    image = _compose(r, scene, int(width * scale), int(height * scale))
    if scale > 1:
        image = image.resize((width, height), Image.BICUBIC)
    return _photograph(r, image)
