# SPDX-License-Identifier: GPL-3.0-or-later
"""The ten colours, and how a picture drawn in red takes one of them."""
from typing import NamedTuple

import numpy as np
from PIL import Image


class Colour(NamedTuple):
    hue: float
    saturation: float  # factor
    value: float  # factor
    floor: float  # least value: lifts the dark parts of light colours


COLOURS = {
    "red": Colour(.99, 1.1, 1, 0),
    "orange": Colour(.075, 1.15, 1.05, .2),
    "yellow": Colour(.15, 1.1, 1.2, .35),
    "green": Colour(.36, 1, .8, 0),
    "blue": Colour(.6, 1.1, .9, 0),
    "purple": Colour(.78, .85, .8, 0),
    "pink": Colour(.91, .5, 1.15, .3),
    "white": Colour(.1, .04, .6, .72),
    "black": Colour(.6, .12, .22, 0),
    "brown": Colour(.065, .75, .5, 0),
}


def _channels(image):
    """Hue, saturation, value and opacity, each 0..1."""
    bands = (*image.convert("RGB").convert("HSV").split(), image.getchannel("A"))
    return [np.asarray(band, np.float32) / 255 for band in bands]


def paint(image, colour):
    """An RGBA picture with its saturated parts in the colour; grey parts stay as they are."""
    target = COLOURS[colour]
    hue, saturation, value, opacity = _channels(image)
    mask = np.clip((saturation - .1) / .12, 0, 1)
    strong = mask * (opacity > .5) > .5
    # Pale glyphs (shirt, bus) get a full colour, too.
    saturation = np.clip(saturation * max(1, .7 / (saturation[strong].mean() + 1e-3)), 0, 1)
    hsv = np.stack([
        np.full_like(hue, target.hue),
        np.clip(saturation * target.saturation, 0, 1),
        np.clip(target.floor + value * target.value * (1 - target.floor), 0, 1),
    ], -1)
    painted = np.asarray(Image.fromarray((hsv * 255).astype(np.uint8), "HSV").convert("RGB"), np.float32)
    mask = mask[..., None]
    mixed = np.asarray(image.convert("RGB"), np.float32) * (1 - mask) + painted * mask
    return Image.merge("RGBA", (*Image.fromarray(mixed.astype(np.uint8)).split(), image.getchannel("A")))
