# SPDX-License-Identifier: GPL-3.0-or-later
"""Single things as pictures with transparency: glyphs of Noto Color Emoji, and simple shapes drawn here."""
import os
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .colours import paint
from .things import DRAWN, FAMILY, KINDS

FONT = os.environ.get("EMOJI_FONT", "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
GLYPH_SIZE = 109  # the one size the font has

# The shapes are drawn in red tones, which `paint` recolours, with neutral details, which it leaves.
RED, DARK, LIGHT = (220, 60, 60), (165, 40, 40), (240, 120, 110)
WOOD = (90, 80, 75)


def _house(draw):
    draw.rectangle((90, 230, 420, 480), fill=RED)
    draw.polygon([(50, 240), (255, 60), (460, 240)], fill=DARK)
    draw.rectangle((225, 350, 295, 480), fill=WOOD)
    for x in (130, 325):
        draw.rectangle((x, 280, x + 60, 340), fill=(235, 240, 245), outline=(80, 80, 80), width=6)


def _boat(draw):
    draw.polygon([(30, 330), (480, 330), (400, 460), (110, 460)], fill=RED)
    draw.polygon([(30, 330), (480, 330), (462, 362), (46, 362)], fill=DARK)
    draw.rectangle((248, 50, 262, 330), fill=WOOD)
    draw.polygon([(275, 60), (275, 310), (440, 310)], fill=(245, 245, 240))
    draw.polygon([(235, 90), (235, 310), (100, 310)], fill=(225, 225, 222))


def _tree(draw):
    draw.rectangle((230, 300, 282, 500), fill=(85, 78, 74))
    draw.ellipse((60, 140, 300, 370), fill=DARK)
    draw.ellipse((210, 140, 450, 370), fill=DARK)
    draw.ellipse((110, 20, 400, 320), fill=RED)
    draw.ellipse((170, 60, 300, 190), fill=LIGHT)


def _flower(draw):
    draw.line([(256, 250), (256, 500)], fill=(95, 110, 95), width=22)
    for petal in range(6):
        x, y = 256 + 105 * np.cos(petal * 1.047), 190 + 105 * np.sin(petal * 1.047)
        draw.ellipse((x - 78, y - 78, x + 78, y + 78), fill=(RED, LIGHT)[petal % 2])
    draw.ellipse((196, 130, 316, 250), fill=(250, 240, 205))


def _circle(draw):
    draw.ellipse((30, 30, 482, 482), fill=RED)


def _ball(draw):
    _circle(draw)
    draw.ellipse((70, 70, 420, 420), fill=LIGHT)
    draw.ellipse((60, 100, 440, 460), fill=RED)
    draw.arc((100, -150, 640, 560), 95, 200, fill=(245, 245, 245), width=34)
    draw.ellipse((130, 90, 210, 150), fill=(250, 248, 246))


def _square(draw):
    draw.rectangle((50, 50, 462, 462), fill=RED)


def _triangle(draw):
    draw.polygon([(256, 30), (490, 470), (22, 470)], fill=RED)


SHAPES = {"house": _house, "boat": _boat, "tree": _tree, "flower": _flower, "circle": _circle, "ball": _ball,
          "square": _square, "triangle": _triangle}


def _shape(name):
    image = Image.new("RGBA", (512, 512))
    SHAPES[name](ImageDraw.Draw(image))
    return image.resize((136, 136), Image.LANCZOS)


def _glyph(character):
    image = Image.new("RGBA", (150, 150))
    font = ImageFont.truetype(FONT, GLYPH_SIZE)
    ImageDraw.Draw(image).text((4, 10), character, font=font, embedded_color=True)
    return image


@lru_cache(None)
def sprite(name, colour=None):
    """The thing in its natural colours, or painted; cut to what is not transparent."""
    glyph = KINDS[FAMILY[name]][name]
    image = _shape(name) if glyph == DRAWN else _glyph(glyph)
    opaque = image.getchannel("A").point(lambda opacity: 255 * (opacity > 8))
    image = image.crop(opaque.getbbox())
    return paint(image, colour) if colour else image
